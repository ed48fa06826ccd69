import { type EventStream, isSseError, refuse } from "@sse/core";
import { requireKnownKeys } from "@sse/core/internal";
import type { ConnectionInfo, ConnectionStart } from "../connection/connection.js";
import { connectionInfo, connectionStart } from "../connection/parse-subscription.js";
import type { RunLog } from "../log/event-log.js";
import type { HubSettings } from "../options.js";
import type { Subscription } from "../subscription.js";
import { isName } from "../validate.js";
import { noRunNamed, runNotFound } from "./errors.js";
import type { RunFacts } from "./run-history.js";
import type { Runs } from "./runs.js";

/** The run that a client reads, and who reads it. */
export type RunSubscription<Metadata = unknown> = Pick<
  Subscription<Metadata>,
  "user" | "lastEventId" | "expires" | "initial" | "metadata" | "controlEvents"
> & {
  /** The id of the run. */
  run: string;
};

const keys = ["run", "user", "lastEventId", "expires", "initial", "metadata", "controlEvents"];

/** The client that wants to read a run, and the run. */
export type RunReaderInfo = ConnectionInfo & { readonly run: string };

/** A reader of a run that may connect. */
export interface RunReaderStart {
  readonly start: ConnectionStart;
  readonly facts: RunFacts;
}

/** Seconds after which a client may ask again while the log cannot be reached. */
const retryAfter = "5";

/**
 * Returns the client that wants to read a run. Reads nothing, so that refusing it costs nothing.
 *
 * @throws {SseError} `invalid-option`; `handler-failed` if no run is named; `refused` with 404 for
 * an id that no run can have, because it may be the client's.
 */
export function readerInfo(subscription: RunSubscription, settings: HubSettings): RunReaderInfo {
  requireKnownKeys(subscription, keys, "runStream");
  const { run, ...fields } = subscription;
  if (typeof run !== "string") throw noRunNamed();
  if (!isName(run)) throw runNotFound();
  return { ...connectionInfo(fields, settings), run };
}

/**
 * Finds the run that a client wants to read, and checks that it may.
 *
 * @throws {SseError} (as a rejection) `invalid-option`; `refused` with 404 for a run that is not
 * held or is another user's, 204 for a client that has all of a run that has ended, 503 while the
 * log cannot be reached.
 */
export async function findReader(
  runs: Runs,
  log: RunLog,
  settings: HubSettings,
  stream: EventStream,
  { run: _run, ...fields }: RunSubscription,
  info: RunReaderInfo,
): Promise<RunReaderStart> {
  const parsed = connectionStart(fields, stream.lastEventId, settings);
  const facts = await factsOf(runs, info);
  if (facts === undefined) throw runNotFound();
  const start = parsed.start ?? "";
  const isComplete = typeof start === "string" && (await hasAll(runs, log, info, facts, start));
  if (isComplete) throw refuse(204);
  return { start: { ...parsed, start }, facts };
}

async function factsOf(runs: Runs, { run, user }: RunReaderInfo): Promise<RunFacts | undefined> {
  try {
    const facts = await runs.facts(run, (terms) => terms.user === undefined || terms.user === user);
    // Otherwise an id that the client receives could be from before the run's start.
    if (facts !== undefined) await runs.followed(facts);
    return facts;
  } catch (error) {
    if (isSseError(error) && error.code === "log-unavailable")
      throw refuse(503, { headers: { "Retry-After": retryAfter } });
    throw error;
  }
}

/** Whether a client that has received everything up to a position would receive nothing more. */
async function hasAll(
  runs: Runs,
  log: RunLog,
  { run, controlEvents }: RunReaderInfo,
  { end, newest }: RunFacts,
  position: string,
): Promise<boolean> {
  if (end === undefined || position === "") return false;
  if (log.compare(position, newest) >= 0) return true;
  if (controlEvents) return false;
  // Such a client receives no end, so that its last event is the last one of the application.
  for await (const _event of runs.events(run, position)) return false;
  return true;
}
