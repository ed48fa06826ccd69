import { requireAtLeast, requireKnownKeys } from "@sse/core/internal";
import type { ResponseHeaders } from "../response-headers.js";
import { checkEventStreamOptions } from "../response-options.js";

/** Options of `doctorEndpoint`. */
export interface DoctorEndpointOptions {
  /**
   * Headers of the response, as in `eventStream`: those that your own streams have, so that the
   * chain treats this one alike. Default: none.
   */
  headers?: ResponseHeaders | undefined;
  /** The maximum number of streams at once; further requests receive 503. Default 20. */
  maxStreams?: number | undefined;
}

/**
 * Checks the options of a doctor endpoint and fills in the defaults.
 *
 * @param own the names of further options, which the adapter itself has.
 * @throws {SseError} `invalid-option`.
 */
export function doctorSettings(
  options: DoctorEndpointOptions,
  own: readonly string[],
): { headers: ResponseHeaders; maxStreams: number } {
  requireKnownKeys(options, ["headers", "maxStreams", ...own], "doctorEndpoint");
  const { headers = {}, maxStreams = 20 } = options;
  checkEventStreamOptions({ headers });
  return { headers, maxStreams: requireAtLeast(1, "maxStreams", maxStreams) };
}
