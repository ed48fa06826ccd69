import { type Finding, fault, fine } from "../finding.js";
import { fixesFor } from "../intermediaries.js";
import type { Observations } from "../observations.js";

/** Checks the number of streams that a browser can open. */
export function checkConnections({ url, first }: Observations): Finding {
  if (first.head?.httpVersion === "2.0")
    return fine("Connections", "browsers use HTTP/2: one connection for all streams");
  const isLocal = /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(new URL(url).hostname);
  const seen = "browsers use HTTP/1.1: six connections for all tabs together, and each stream occupies one";
  const fixes = fixesFor("six-connections", first.head?.headers ?? {});
  return fault("Connections", isLocal ? "note" : "warning", "six-connections", seen, fixes);
}
