import { requireAtLeast, requireDuration, requireKnownKeys } from "@sse/core/internal";
import { isName, requireName } from "../validate.js";
import { badRunId } from "./errors.js";
import type { RunTerms } from "./run-entry.js";

/** Options of `hub.run`. Durations are milliseconds. */
export interface RunOptions {
  /**
   * The user who may read the run: a reader of `runStream` must be this user. Default: any
   * client that the callback of `runStream` accepts.
   */
  user?: string | undefined;
  /**
   * The time without a reader, on any instance, after which the run is canceled. It includes the
   * time before the first reader, and is exact to a few seconds. 0: never. Default 0.
   */
  abandonAfter?: number | undefined;
  /** The time for which the run is held after its end. Default 3,600,000 (one hour). */
  ttl?: number | undefined;
  /**
   * The maximum size of the run, in bytes of data and names as UTF-8. A run that exceeds it fails.
   * Default 16 MiB.
   */
  maxBytes?: number | undefined;
  /** The maximum number of events. A run that exceeds it fails. Default 100,000. */
  maxEvents?: number | undefined;
}

const optionNames = ["user", "abandonAfter", "ttl", "maxBytes", "maxEvents"] satisfies (keyof RunOptions)[];

/**
 * Checks the options of a run, and fills in the defaults.
 *
 * @throws {SseError} `invalid-option`
 */
export function runTerms(options: RunOptions): RunTerms {
  requireKnownKeys(options, optionNames, "run");
  const { user, abandonAfter = 0, ttl = 3_600_000 } = options;
  const { maxBytes = 16 * 1024 * 1024, maxEvents = 100_000 } = options;
  return {
    user: user === undefined ? undefined : requireName("user", user),
    abandonAfter: requireDuration("abandonAfter", abandonAfter),
    ttl: requireDuration("ttl", ttl),
    maxBytes: requireAtLeast(1, "maxBytes", maxBytes),
    maxEvents: requireAtLeast(1, "maxEvents", maxEvents),
  };
}

/** @throws {SseError} `invalid-option` for what cannot be the id of a run. */
export function requireRunId(id: unknown): string {
  if (isName(id)) return id;
  throw badRunId();
}
