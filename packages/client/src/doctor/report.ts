import type { Diagnosis } from "./diagnose.js";
import type { Finding, Severity } from "./finding.js";

const signs: Record<Severity, string> = { ok: "✓", note: "·", warning: "!", problem: "✗" };

/** Returns a diagnosis as a text for people. */
export function formatDiagnosis(diagnosis: Diagnosis): string {
  const { url, answeredBy, endpoint, findings } = diagnosis;
  const head = answeredBy === undefined ? url : `${url}, answered by ${answeredBy}`;
  const lines = findings.flatMap(linesOf);
  return [head, "", ...lines, "", summaryOf(findings), ...(endpoint ? [] : adviceFor(diagnosis)), ""].join(
    "\n",
  );
}

function linesOf({ subject, severity, seen, fixes }: Finding): string[] {
  return [
    `  ${signs[severity]} ${subject.padEnd(12)} ${seen}`,
    ...fixes.map((fix) => `    ${"".padEnd(12)} → ${fix}`),
  ];
}

function summaryOf(findings: readonly Finding[]): string {
  const count = (severity: Severity, name: string): string[] => {
    const number = findings.filter((finding) => finding.severity === severity).length;
    return number === 0 ? [] : [`${number} ${name}${number === 1 ? "" : "s"}`];
  };
  const counts = [...count("problem", "problem"), ...count("warning", "warning")];
  return counts.length === 0 ? "No problems." : `${counts.join(", ")}.`;
}

/** Says how to examine a chain further, unless it responds without a stream. */
function adviceFor({ findings }: Diagnosis): string[] {
  if (findings.length === 1) return [];
  return [
    "This URL is no doctor endpoint, so it is not known when its events were sent, and what the application received.",
    "Mount doctorEndpoint() of your adapter beside it and run the doctor on that: see docs/proxies.md.",
  ];
}
