import { doctorStreamOf } from "../doctor-stream.js";
import { type Finding, fault, fine } from "../finding.js";
import { fixesFor } from "../intermediaries.js";
import type { Observations } from "../observations.js";

/** Checks the version of HTTP on both ends of the chain. */
export function checkProtocol({ first }: Observations): Finding | undefined {
  const { httpVersion, headers = {} } = first.head ?? {};
  const received = doctorStreamOf(first)?.hello.received.httpVersion;
  if (received === "1.0") return oldProtocol("the application receives requests in HTTP/1.0", headers);
  if (httpVersion === "1.0") return oldProtocol("the server answers in HTTP/1.0", headers);
  return fine(
    "Protocol",
    `HTTP/${httpVersion}${received === undefined ? "" : `, and HTTP/${received} to the application`}`,
  );
}

function oldProtocol(seen: string, headers: Readonly<Record<string, string>>): Finding {
  const effect = "streams work, but one that breaks looks like one that has ended, and no connection is kept";
  return fault("Protocol", "warning", "http-1.0", `${seen}: ${effect}`, fixesFor("http-1.0", headers));
}
