import type { EndState, Load, RunEvidence, RunViolation } from "./run-evidence.js";

/** Judges what is known about a run. Returns the promises that were broken. */
export function judgeRun(evidence: RunEvidence): RunViolation[] {
  const { run, loads, final } = evidence;
  const violations = [...loads, final].flatMap((load) => judgeLoad(load, evidence));
  const found = [...violations, ...judgeProducers(evidence), ...judgeEnds(evidence)];
  return found.map(({ kind, detail }) => ({ kind, detail: `run ${run}: ${detail}` }));
}

/** A page's text grows by the tokens of the answer, each once, and then it is told of one end. */
function judgeLoad(load: Load, { answer }: RunEvidence): RunViolation[] {
  const violations: RunViolation[] = [];
  const report = (kind: RunViolation["kind"], detail: string) =>
    violations.push({ kind, detail: `${load.viewer} ${detail}` });
  let next = 0;
  let end: EndState | undefined;
  for (const frame of load.frames) {
    if (end !== undefined) report("two-ends", `received a block after the end ${end}`);
    if (frame.kind === "other") report("foreign", `received ${frame.event}`);
    else if (frame.kind === "end") end = frame.state;
    else {
      if (frame.n > next) report("lost-token", `received token ${frame.n} after ${next - 1}`);
      if (frame.n < next) report("doubled", `received token ${frame.n} after ${next - 1}`);
      if (frame.text !== answer[frame.n])
        report("wrong-text", `received ${JSON.stringify(frame.text)} as token ${frame.n}`);
      next = frame.n + 1;
    }
  }
  if (end === "complete" && next !== answer.length)
    report("short", `was told complete after ${next} of ${answer.length} tokens`);
  if (end === undefined && !load.wasLeft) report("unended", `has ${next} tokens and no end`);
  if (load.statuses.includes(404)) report("unfound", "was told that there is no such run");
  return violations;
}

function judgeProducers({ calls, starts, isUnstopped }: RunEvidence): RunViolation[] {
  const violations: RunViolation[] = [];
  if (calls > 1) violations.push({ kind: "called-twice", detail: `the model was called ${calls} times` });
  if (starts > 1) violations.push({ kind: "called-twice", detail: `${starts} requests started it` });
  if (isUnstopped) violations.push({ kind: "unstopped", detail: "a producer goes on after the end" });
  return violations;
}

/** All viewers of a run that nothing has taken over end with the same text. */
function judgeEnds({
  loads,
  final,
  stored,
  cancelResult,
  takeovers,
  statusAtEnd,
}: RunEvidence): RunViolation[] {
  const violations: RunViolation[] = [];
  const [state, length] = [endOf(final), lengthOf(final)];
  for (const load of loads) {
    const end = endOf(load);
    if (end === undefined || (end === "lost" && takeovers > 0)) continue;
    if (end !== state || lengthOf(load) !== length)
      violations.push({
        kind: "disagreement",
        detail: `${load.viewer} ended ${end} with ${lengthOf(load)} tokens, and the last one ${state} with ${length}`,
      });
  }
  if (state !== undefined && stored > length)
    violations.push({
      kind: "forgotten",
      detail: `${stored} tokens were acknowledged, and ${length} are held`,
    });
  if (cancelResult !== undefined && cancelResult !== state && !(cancelResult === "lost" && takeovers > 0))
    violations.push({
      kind: "not-cancelled",
      detail: `the cancel received ${cancelResult}, and viewers ${state}`,
    });
  if (state !== undefined && statusAtEnd !== 204)
    violations.push({ kind: "not-closed", detail: `a reader that has the end is answered ${statusAtEnd}` });
  return violations;
}

function endOf({ frames }: Load): EndState | undefined {
  const last = frames.at(-1);
  return last?.kind === "end" ? last.state : undefined;
}

function lengthOf({ frames }: Load): number {
  return frames.filter(({ kind }) => kind === "token").length;
}
