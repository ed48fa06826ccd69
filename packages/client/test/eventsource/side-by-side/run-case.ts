import type { Case } from "./cases.js";
import type { Run } from "./drive.js";
import type { ScriptedServer } from "./scripted-server.js";

/** The outcome of a case. */
export interface Outcome {
  seen: string[];
  requests: string[];
}

/**
 * Runs a case by a driver: here, or one in a page. The origins of the server read `ORIGIN` and
 * `OTHER`.
 */
export async function runCase(
  server: ScriptedServer,
  {
    answers,
    crossOrigin = false,
    user = "",
    query = "",
    until,
    closeAt,
    quiet,
    withCredentials,
    microtasks,
  }: Case,
  driver: (run: Run) => Promise<string[]>,
): Promise<Outcome> {
  const { path, requests } = server.begin(answers);
  const origin = crossOrigin ? server.other : server.origin;
  const url = `${origin.replace("://", `://${user}`)}${path}${query}`;
  const options = { closeAt, quiet, withCredentials, microtasks };
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
  const seen = await driver({ url, until, ...given });
  const named = seen.map((line) =>
    line.replaceAll(server.origin, "ORIGIN").replaceAll(server.other, "OTHER"),
  );
  return { seen: named, requests: [...requests] };
}
