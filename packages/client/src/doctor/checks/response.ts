import { isEventStreamType } from "../../mime-type.js";
import { type Finding, fault, fine, time } from "../finding.js";
import { fixesFor } from "../intermediaries.js";
import type { Observations } from "../observations.js";

/** Checks that there is an event stream at all. */
export function checkResponse(observations: Observations): Finding {
  const { first } = observations;
  const { head } = first;
  if (head === undefined) return noHead(observations);
  if (head.status !== 200) return wrongStatus(head.status, first.url);
  const type = head.headers["content-type"];
  if (!isEventStreamType(type))
    return fault(
      "Response",
      "problem",
      "content-type",
      `the content type is ${type ?? "none"}, not text/event-stream`,
      ["Check the path: a fallback page of the application or of a proxy answers with 200, too."],
    );
  return fine("Response", `200, text/event-stream, after ${time(head.after)}`);
}

function noHead({ first: { end }, plain }: Observations): Finding {
  if (end.how === "failed")
    return fault("Response", "problem", "unreachable", `no connection: ${end.error}`, [
      "Check the address, and that the application and every proxy before it run.",
    ]);
  const seen = `no response head within ${time(end.after)}`;
  if (plain?.head !== undefined) {
    const fixes = fixesFor("compression", plain.head.headers);
    return fault(
      "Response",
      "problem",
      "compression",
      `${seen}; without compression after ${time(plain.head.after)}`,
      fixes,
    );
  }
  return fault("Response", "problem", "no-response", seen, [
    "Send the head, and a first byte such as a comment, before the first event is there.",
    "A proxy or middleware that buffers holds the head back, too: try the application without it.",
  ]);
}

function wrongStatus(status: number, url: string): Finding {
  const fixes: Record<number, string> = {
    204: "204 asks clients to stop. Answer 200 while there is a stream.",
    401: "Pass the credentials: --header 'Authorization: …' or --header 'Cookie: …'.",
    403: "Pass the credentials: --header 'Authorization: …' or --header 'Cookie: …'.",
    404: "Check the path.",
    406: "The server offers no text/event-stream here.",
  };
  const fallback = "A browser's EventSource gives up for ever after any status but 200.";
  return fault("Response", "problem", "status", `${url} answered with ${status}`, [
    fixes[status] ?? fallback,
  ]);
}
