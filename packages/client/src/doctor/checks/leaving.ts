import { type Finding, fault, fine, time, unknown } from "../finding.js";
import { fixesFor } from "../intermediaries.js";
import type { Observations } from "../observations.js";

/** Milliseconds before the endpoint writes to a stream that was left. */
const silentTime = 2_500;

/** Checks that the application notices when a client leaves. */
export function checkLeaving({ leaving, first }: Observations): Finding | undefined {
  if (leaving === undefined) return undefined;
  if (!leaving.known)
    return unknown(
      "Leaving",
      "another instance was asked than the one that had the stream: ask one instance alone",
    );
  const { noticedAfter } = leaving;
  if (noticedAfter === undefined)
    return fault(
      "Leaving",
      "problem",
      "leaving",
      "the application does not learn that a client has left: streams of clients that are gone pile up",
      fixesFor("leaving", first.head?.headers ?? {}),
    );
  if (noticedAfter < silentTime) return fine("Leaving", `noticed after ${time(noticedAfter)}`);
  const seen = `noticed after ${time(noticedAfter)}, with the next write: keep heartbeats on`;
  return fault("Leaving", "note", "leaving", seen, []);
}
