import { checkCache } from "./checks/cache.js";
import { checkConnections } from "./checks/connections.js";
import { checkEvents } from "./checks/events.js";
import { checkHeartbeats } from "./checks/heartbeats.js";
import { checkLeaving } from "./checks/leaving.js";
import { checkProtocol } from "./checks/protocol.js";
import { checkResponse } from "./checks/response.js";
import { checkResume } from "./checks/resume.js";
import { checkSilence } from "./checks/silence.js";
import { doctorStreamOf } from "./doctor-stream.js";
import type { Finding } from "./finding.js";
import { intermediaryOf } from "./intermediaries.js";
import type { Observations } from "./observations.js";

/** The conclusions of the doctor from what it saw. */
export interface Diagnosis {
  readonly url: string;
  /** The server that answered, as far as its headers reveal it. */
  readonly answeredBy?: string | undefined;
  /** Whether the URL is a doctor endpoint, so that everything could be looked at. */
  readonly endpoint: boolean;
  /** Whether there is no finding of severity `problem`. */
  readonly healthy: boolean;
  /** One finding for each subject. */
  readonly findings: readonly Finding[];
}

/** Concludes from observations what is wrong with a chain. Depends on nothing else. */
export function diagnose(observations: Observations): Diagnosis {
  const findings = findingsOf(observations);
  return {
    url: observations.url,
    answeredBy: intermediaryOf(observations.first.head?.headers ?? {}),
    endpoint: doctorStreamOf(observations.first) !== undefined,
    healthy: findings.every(({ severity }) => severity !== "problem"),
    findings,
  };
}

const checks = [
  checkProtocol,
  checkEvents,
  checkHeartbeats,
  checkSilence,
  checkCache,
  checkResume,
  checkLeaving,
  checkConnections,
];

function findingsOf(observations: Observations): Finding[] {
  const response = checkResponse(observations);
  if (response.severity === "problem") return [response];
  return [response, ...checks.flatMap((check) => check(observations) ?? [])];
}
