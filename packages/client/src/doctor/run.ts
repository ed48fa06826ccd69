import { isSseError } from "@sse/core";
import { parseArguments, usage } from "./arguments.js";
import { type Diagnosis, diagnose } from "./diagnose.js";
import { examine } from "./examine.js";
import type { Severity } from "./finding.js";
import { formatDiagnosis } from "./report.js";

/** The streams that the program writes to. */
export interface Output {
  write(text: string): void;
  writeError(text: string): void;
}

/** Runs the program with its arguments, and returns its exit code. */
export async function run(args: readonly string[], { write, writeError }: Output): Promise<number> {
  try {
    const parsed = parseArguments(args);
    if (parsed === undefined) {
      write(usage);
      return 0;
    }
    const { url, settings, json, strict } = parsed;
    const observations = await examine(url, settings);
    const diagnosis = diagnose(observations);
    write(json ? `${JSON.stringify({ ...diagnosis, observations }, null, 2)}\n` : formatDiagnosis(diagnosis));
    return isBad(diagnosis, strict ? ["problem", "warning"] : ["problem"]) ? 1 : 0;
  } catch (error) {
    if (!isSseError(error)) throw error;
    writeError(`${error.message}\n`);
    return 2;
  }
}

function isBad({ findings }: Diagnosis, bad: readonly Severity[]): boolean {
  return findings.some(({ severity }) => bad.includes(severity));
}
