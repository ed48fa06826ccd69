import { type EndInfo, type EventStream, serializeData } from "@sse/core";
import type { ConnectionContext } from "../connection/connection.js";
import { reportDelivery } from "../delivery/delivery.js";
import { EventWindow } from "../delivery/event-window.js";
import { Feed } from "../delivery/feed.js";
import { Heartbeat } from "../delivery/heartbeat.js";
import type { Reader } from "../delivery/reader.js";
import { SharedPages } from "../delivery/shared-pages.js";
import type { Subscribers } from "../delivery/subscribers.js";
import { eventTooLarge, foreignEntry } from "../errors.js";
import { everyone, runChannel, runOf } from "../log/channel.js";
import type { NewRunEntry, RunLog } from "../log/event-log.js";
import type { HubSettings } from "../options.js";
import { serializeEvent } from "../publish/publication.js";
import { utf8Length } from "../utf8.js";
import { badReason } from "./errors.js";
import {
  findReader,
  type RunReaderInfo,
  type RunReaderStart,
  type RunSubscription,
  readerInfo,
} from "./read-run.js";
import { endEntry, runFormat } from "./run-entry.js";
import { Runs, type RunsContext } from "./runs.js";

/**
 * Bytes of an end beyond the limit of an event: enough for those that the hub writes itself, which
 * no limit may keep from being stored.
 */
const endOverhead = 128;

/** The parts of a hub that deliver runs. */
export interface RunParts {
  readonly runs: Runs;
  /** The context of the connections that read runs. */
  readonly context: ConnectionContext;
  /** Returns who wants to read a run. As {@link readerInfo}. */
  readonly readerInfo: (subscription: RunSubscription) => RunReaderInfo;
  /** Finds the run that a client wants to read. As {@link findReader}. */
  readonly findReader: (
    stream: EventStream,
    subscription: RunSubscription,
    info: RunReaderInfo,
  ) => Promise<RunReaderStart>;
}

/** The parts that the runs of a hub share with its topics. */
export interface RunPartsContext extends Pick<RunsContext, "instance" | "peers" | "appendTimeout"> {
  /** The context of the connections that follow topics. */
  readonly topics: ConnectionContext;
  /** The readers of runs, by channel. */
  readonly readers: Subscribers<Reader>;
}

/** Builds a second delivery over the log of runs, and the runs themselves. Nothing runs yet. */
export function buildRunParts(log: RunLog, shared: RunPartsContext): RunParts {
  const { topics, readers } = shared;
  const { settings, logErrors } = topics.readers;
  const { clock } = settings;
  const { counters, hooks } = topics;
  const window = new EventWindow(log, settings.window, () => clock.monotonic());
  const feed = new Feed(window, runFormat, readers, settings, {
    delivered: (report) => reportDelivery(report, counters, hooks),
    foreignEntry: (position) => logErrors.report("foreign-entry", foreignEntry(position)),
    error: (error) => hooks.report(error),
  });
  const context: ConnectionContext = {
    ...topics,
    readers: { log, format: runFormat, window, pages: new SharedPages(), feed, settings, logErrors },
    subscribers: readers,
    heartbeat: new Heartbeat(settings.heartbeat, feed, () => readers.of(everyone), clock),
  };
  const runs = runsOf(log, shared, feed);
  return {
    runs,
    context,
    readerInfo: (subscription) => readerInfo(subscription, settings),
    findReader: (...request) => findReader(runs, log, settings, ...request),
  };
}

function runsOf(log: RunLog, { topics, readers, ...shared }: RunPartsContext, feed: Feed): Runs {
  const { counters, hooks, connections, check } = topics;
  const { settings } = topics.readers;
  return new Runs({
    ...shared,
    log,
    feed,
    clock: settings.clock,
    prepare: (event) => {
      const entry = serializeEvent(event, settings);
      const checked = check(entry.event ?? "message", event.data);
      return checked === undefined ? entry : checked.then(() => entry);
    },
    prepareEnd: (end, token) => prepareEnd(end, token, settings),
    readersHere: (run) => readers.of(runChannel(run)).size,
    readHere: () => [...readers.channels()].map(runOf).filter((run) => run !== undefined),
    gone: (run) => {
      for (const { id } of [...readers.of(runChannel(run))]) connections.get(id)?.endAsLost();
    },
    appended: () => {
      counters.runEvents += 1;
    },
    ended: (run, end, error) => {
      counters.runsEnded[end.state] += 1;
      hooks.emit("runEnd", { run, ...end, error });
    },
    report: (error) => hooks.report(error),
    lostFailed: (error) => topics.readers.logErrors.report("lost-run", error),
  });
}

function prepareEnd(end: EndInfo, token: string, { limits }: HubSettings): NewRunEntry {
  if (end.reason !== undefined && typeof end.reason !== "string") throw badReason(end.reason);
  const data = end.data === undefined ? {} : { data: JSON.parse(serializeData(end.data, "json")) as unknown };
  const entry = endEntry({ ...end, ...data, token });
  const bytes = utf8Length(entry.data);
  if (bytes > limits.eventBytes + endOverhead) throw eventTooLarge(bytes, limits.eventBytes);
  return entry;
}
