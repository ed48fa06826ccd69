import { jitter } from "./clock.js";
import { Cluster, type ClusterListener } from "./cluster/cluster.js";
import { warnOfCluster } from "./cluster/cluster-warning.js";
import { ConnectionIds } from "./cluster/connection-id.js";
import { Admission } from "./connection/admission.js";
import type { Connection, ConnectionContext, ConnectionDeadline } from "./connection/connection.js";
import { Connector } from "./connection/connector.js";
import { LocalPresence } from "./connection/local-presence.js";
import { Presence } from "./connection/presence.js";
import { Refusals } from "./connection/refusals.js";
import { endConnections } from "./connection/select-connections.js";
import { Deadlines } from "./deadlines.js";
import { reportDelivery } from "./delivery/delivery.js";
import { eventFormat } from "./delivery/entry-format.js";
import { EventWindow } from "./delivery/event-window.js";
import { Feed } from "./delivery/feed.js";
import { Heartbeat } from "./delivery/heartbeat.js";
import type { Reader } from "./delivery/reader.js";
import { SharedPages } from "./delivery/shared-pages.js";
import { Subscribers } from "./delivery/subscribers.js";
import { Drain } from "./drain.js";
import { Emitter } from "./emitter.js";
import { ErrorThrottle } from "./error-throttle.js";
import { foreignEntry } from "./errors.js";
import { type EventCheck, eventCheck } from "./event-schemas.js";
import { requireHubKeys } from "./known-keys.js";
import type { HubBus } from "./log/bus.js";
import { everyone } from "./log/channel.js";
import type { EventLog, RunLog } from "./log/event-log.js";
import { createMemoryLog, isMemoryLog } from "./log/memory-log.js";
import { MonitoredLog } from "./log/monitored-log.js";
import { type HubOptions, type HubSettings, resolveOptions } from "./options.js";
import { Publisher } from "./publish/publisher.js";
import { noRunLog } from "./runs/errors.js";
import { buildRunParts, type RunParts } from "./runs/run-parts.js";
import type { RunPeers } from "./runs/runs.js";
import { type Counters, createCounters, type HubStats } from "./stats.js";

/** The log of a hub. */
interface LogParts {
  readonly log: EventLog;
  /** The log, if the hub has to know whether it can be reached. */
  readonly monitoredLog: MonitoredLog | undefined;
  /** Whether the hub created the log, and closes it. */
  readonly ownsLog: boolean;
  /** Whether an entry is in the log when `append` returns, so that no publish waits for it. */
  readonly isImmediate: boolean;
  /** The log of runs, if there is one. */
  readonly runLog: RunLog | undefined;
}

/** The parts that report what the hub does. */
interface ReportParts {
  readonly settings: HubSettings;
  readonly check: EventCheck;
  readonly hooks: Emitter;
  readonly counters: Counters;
}

/** The parts that deliver the log's entries to the connections. */
interface DeliveryParts {
  readonly subscribers: Subscribers<Reader>;
  readonly window: EventWindow;
  readonly feed: Feed;
  /** The errors of the log that its readers find. */
  readonly logErrors: ErrorThrottle;
}

/** The parts that register connections. */
interface ConnectionParts {
  readonly connections: Map<string, Connection>;
  readonly presence: Presence;
  readonly local: LocalPresence;
  readonly context: ConnectionContext;
  /** The readers of runs, by channel. */
  readonly runReaders: Subscribers<Reader>;
}

/** All parts of a hub. */
export interface HubParts extends LogParts, ReportParts, DeliveryParts, ConnectionParts {
  /** The other instances, if there is a bus to them. */
  readonly cluster: Cluster | undefined;
  readonly publisher: Publisher;
  /** The runs, if the log keeps any. */
  readonly runParts: RunParts | undefined;
  readonly connector: Connector;
  readonly drain: Drain;
}

/**
 * Builds the parts of a hub and connects them. Nothing runs yet.
 *
 * @throws {SseError} `invalid-option`
 */
export function buildParts<Events extends object, Metadata>(options: HubOptions<Events, Metadata>): HubParts {
  requireHubKeys(options as HubOptions<never>);
  const settings = resolveOptions(options);
  const check = eventCheck(options.events);
  const report = { settings, check, hooks: new Emitter(), counters: createCounters() };
  const log = logParts(options, settings);
  const delivery = deliveryParts(log, report);
  const bus = busOf(options);
  const ids = new ConnectionIds();
  // Without other instances the id of a stream is enough.
  const idOf = (id: string) => (bus === undefined ? id : ids.of(id));
  const connection = connectionParts(log, report, delivery, idOf);
  const cancelRun = (run: string, reason: string | undefined) => runParts?.runs.cancelHere(run, reason);
  const cluster = clusterOf(bus, ids, report, delivery, connection, cancelRun);
  const appendTimeout = appendTimeoutOf(log, settings);
  reportPresence(connection.presence, report, cluster);
  const runParts = runPartsOf(log, connection, ids.instance, cluster, appendTimeout);
  const admission = new Admission(settings.limits, [delivery.subscribers, connection.runReaders]);
  const drain = new Drain(settings.clock, settings.retry);
  return {
    ...log,
    ...report,
    ...delivery,
    ...connection,
    cluster,
    publisher: publisherOf(log, report, delivery, cluster, appendTimeout),
    runParts,
    connector: connectorOf(log, connection, admission, drain),
    drain,
  };
}

function connectorOf(
  { monitoredLog }: LogParts,
  { context }: ConnectionParts,
  admission: Admission,
  drain: Drain,
): Connector {
  const refusals = new Refusals(context, () => drain.remaining);
  return new Connector(context, refusals, (user) => {
    if (drain.started) return "closing";
    return monitoredLog?.isDown ? "log-unavailable" : admission.refusal(user);
  });
}

/**
 * Starts to follow the log and to listen to the bus.
 *
 * @returns a function that stops following.
 * @throws {SseError} `closed` if the log or the bus has been closed.
 */
export function startParts({ log, feed, cluster }: HubParts): () => void {
  const stopFollowing = log.follow(feed);
  try {
    cluster?.start();
  } catch (error) {
    stopFollowing();
    throw error;
  }
  return stopFollowing;
}

/** Stops everything that {@link startParts} started, after the last connection has ended. */
export async function stopParts(parts: HubParts, stopFollowing: () => void): Promise<void> {
  const leaving = parts.cluster?.hasPeers ? parts.presence.takeLeaving() : [];
  await parts.runParts?.runs.close();
  // Before publishing ends, so that a listener of `leave` may still publish.
  parts.presence.close();
  parts.publisher.close();
  stopFollowing();
  parts.monitoredLog?.stopMonitoring();
  parts.feed.flush();
  await parts.cluster?.close(leaving);
  if (parts.ownsLog) await parts.log.close();
}

/** @throws {SseError} `invalid-option` if the log keeps no runs. */
export function requireRuns({ runParts }: HubParts): RunParts {
  if (runParts === undefined) throw noRunLog();
  return runParts;
}

/** Returns the statistics of a hub. */
export function statsOf({ connections, presence, local, cluster, window, ...parts }: HubParts): HubStats {
  const states = [...connections.values()].map(({ state }) => state);
  const { counters, runParts } = parts;
  return {
    connections: states.length,
    users: presence.countHere,
    topics: [...local.topics()].length,
    lagging: states.filter((state) => state === "catching-up").length,
    instances: cluster?.instances ?? 1,
    windowEvents: window.size,
    windowBytes: window.bytes,
    runs: runParts?.runs.countHere ?? 0,
    ...counters,
    gaps: { ...counters.gaps },
    runsEnded: { ...counters.runsEnded },
  };
}

function logParts<Events extends object, Metadata>(
  options: HubOptions<Events, Metadata>,
  settings: HubSettings,
): LogParts {
  warnOfCluster(options);
  const { clock } = settings;
  const log = options.log ?? createMemoryLog({ now: () => clock.monotonic(), timers: clock });
  const monitoredLog = settings.whenLogUnavailable === "refuse" ? new MonitoredLog(log, clock) : undefined;
  return {
    log: monitoredLog ?? log,
    monitoredLog,
    ownsLog: options.log === undefined,
    isImmediate: isMemoryLog(log),
    runLog: log.runs,
  };
}

function deliveryParts({ log }: LogParts, { settings, hooks, counters }: ReportParts): DeliveryParts {
  const subscribers = new Subscribers<Reader>();
  const logErrors = new ErrorThrottle(settings.clock, (error) => hooks.report(error));
  const window = new EventWindow(log, settings.window, () => settings.clock.monotonic());
  const feed = new Feed(window, eventFormat, subscribers, settings, {
    delivered: (report) => reportDelivery(report, counters, hooks),
    foreignEntry: (position) => logErrors.report("foreign-entry", foreignEntry(position)),
    error: (error) => hooks.report(error),
  });
  return { subscribers, window, feed, logErrors };
}

function connectionParts(
  { log }: LogParts,
  { settings, hooks, counters, check }: ReportParts,
  { subscribers, window, feed, logErrors }: DeliveryParts,
  connectionIdOf: ConnectionContext["connectionIdOf"],
): ConnectionParts {
  const { clock } = settings;
  const presence = new Presence(settings.presenceGrace, clock);
  const connections = new Map<string, Connection>();
  const runReaders = new Subscribers<Reader>();
  const endDue = ({ connection, reason }: ConnectionDeadline): void =>
    connection.end(reason, jitter(clock, settings.retry));
  const context: ConnectionContext = {
    readers: {
      log,
      format: eventFormat,
      window,
      pages: new SharedPages(),
      feed,
      settings,
      logErrors,
    },
    subscribers,
    connections,
    connectionIdOf,
    presence,
    heartbeat: new Heartbeat(settings.heartbeat, feed, () => subscribers.of(everyone), clock),
    hooks,
    counters,
    check,
    deadlines: {
      expired: new Deadlines(clock, () => clock.now(), endDue),
      aged: new Deadlines(clock, () => clock.monotonic(), endDue),
    },
  };
  const local = new LocalPresence(subscribers, runReaders, presence);
  return { connections, presence, local, context, runReaders };
}

/** Returns the bus of the options. `null` is a decision, `undefined` is none. */
function busOf<Events extends object, Metadata>({
  bus,
  log,
}: HubOptions<Events, Metadata>): HubBus | undefined {
  return bus === undefined ? log?.bus : (bus ?? undefined);
}

function clusterOf(
  bus: HubBus | undefined,
  ids: ConnectionIds,
  { settings, hooks }: ReportParts,
  { feed, subscribers }: DeliveryParts,
  { connections, presence, local, runReaders }: ConnectionParts,
  cancelRun: ClusterListener["cancelRun"],
): Cluster | undefined {
  if (bus === undefined) return undefined;
  const cluster = new Cluster({
    ids,
    bus,
    clock: settings.clock,
    options: settings.cluster,
    local,
    connections,
    presence,
    listener: {
      event: (publication) => feed.sendEphemeral(publication),
      disconnect: (target, retry) => endConnections({ connections, subscribers, runReaders }, target, retry),
      cancelRun,
      error: (error) => hooks.report(error),
    },
  });
  subscribers.listen((channel) => cluster.channelChanged(channel));
  runReaders.listen((channel) => cluster.channelChanged(channel));
  return cluster;
}

function reportPresence(presence: Presence, { hooks }: ReportParts, cluster: Cluster | undefined): void {
  presence.listen({
    join: (user, topic, local) => hooks.emit("join", { user, topic, local }),
    leave: (user, topic, local) => hooks.emit("leave", { user, topic, local }),
    changedHere: (user, topic) => cluster?.userChanged(user, topic),
  });
}

/**
 * Returns the milliseconds that an append may take; `undefined` for a log that responds at once.
 */
function appendTimeoutOf({ isImmediate }: LogParts, { publishTimeout }: HubSettings): number | undefined {
  return publishTimeout === 0 || isImmediate ? undefined : publishTimeout;
}

function runPartsOf(
  { runLog }: LogParts,
  { context, runReaders }: ConnectionParts,
  instance: string,
  cluster: Cluster | undefined,
  appendTimeout: number | undefined,
): RunParts | undefined {
  const peers = cluster ?? alone;
  return (
    runLog && buildRunParts(runLog, { topics: context, readers: runReaders, instance, peers, appendTimeout })
  );
}

/** Without a bus there are no other instances: whatever is not produced here, is not produced. */
const alone: RunPeers = {
  mayBeAlive: () => false,
  readers: () => 0,
  cancel: () => Promise.resolve(undefined),
};

function publisherOf(
  { log, isImmediate }: LogParts,
  { settings, hooks, counters, check }: ReportParts,
  { feed }: DeliveryParts,
  cluster: Cluster | undefined,
  timeout: number | undefined,
): Publisher {
  return new Publisher({
    log,
    isImmediate,
    feed,
    settings,
    check,
    hooks,
    counters,
    elsewhere: (publication) => cluster?.publish(publication),
    timeout,
  });
}
