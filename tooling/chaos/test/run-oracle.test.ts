import { describe, expect, test } from "vitest";
import type { EndState, Load, RunEvidence, RunFrame } from "../src/runs/run-evidence.js";
import { judgeRun } from "../src/runs/run-oracle.js";

const answer = ["The", " whole", " answer"];

const token = (n: number, text = answer[n]!): RunFrame => ({ kind: "token", n, text });
const end = (state: EndState): RunFrame => ({ kind: "end", state });
const first = (count: number): RunFrame[] => answer.slice(0, count).map((_, n) => token(n));

function load(frames: readonly RunFrame[], changes: Partial<Load> = {}): Load {
  return { viewer: "a page", frames, statuses: [], wasLeft: false, ...changes };
}

const complete = load([...first(3), end("complete")]);

/** Evidence of a run of which the last device received the same as the page. */
function evidence(page: Load = complete, changes: Partial<RunEvidence> = {}): RunEvidence {
  return {
    run: "r",
    answer,
    calls: 1,
    resumptions: 0,
    takeovers: 0,
    starts: 1,
    stored: 0,
    cancelResult: undefined,
    isUnstopped: false,
    loads: [page],
    final: page,
    statusAtEnd: 204,
    ...changes,
  };
}

const kinds = (page?: Load, changes?: Partial<RunEvidence>): string[] =>
  judgeRun(evidence(page, changes)).map(({ kind }) => kind);

describe("an answer in which nothing went wrong", () => {
  test("has no violation", () => {
    expect(judgeRun(evidence(complete, { stored: 3 }))).toEqual([]);
  });

  test("has none where the page was left in the middle", () => {
    const left = load(first(1), { wasLeft: true });
    expect(kinds(complete, { loads: [left, complete] })).toEqual([]);
  });

  test.each(["lost", "cancelled", "failed"] as const)(
    "has none where everybody was told that it is %s",
    (state) => {
      expect(kinds(load([...first(2), end(state)]), { stored: 2 })).toEqual([]);
    },
  );

  test("has none where it was lost, taken over and completed", () => {
    const lost = load([...first(1), end("lost")]);
    expect(kinds(complete, { loads: [lost, complete], takeovers: 1 })).toEqual([]);
  });

  test("has none where its producer died before it called the model", () => {
    expect(kinds(load([end("lost")]), { calls: 0, starts: 0 })).toEqual([]);
  });

  test("has none where a cancel came after the end", () => {
    expect(kinds(complete, { cancelResult: "complete" })).toEqual([]);
  });
});

describe("a violation is found", () => {
  test.each<[kind: string, page: Load, changes?: Partial<RunEvidence>]>([
    ["wrong-text", load([token(0), token(1, " hole"), token(2), end("complete")])],
    ["lost-token", load([token(0), token(2), end("complete")])],
    ["doubled", load([...first(2), token(1), token(2), end("complete")])],
    ["short", load([...first(2), end("complete")])],
    ["unended", load(first(3))],
    ["two-ends", load([...first(3), end("complete"), end("lost")])],
    ["two-ends", load([...first(2), end("lost"), token(2)])],
    ["foreign", load([...first(3), { kind: "other", event: "sse:gap" }, end("complete")])],
    ["unfound", load([], { statuses: [404], wasLeft: true })],
    ["forgotten", load([...first(2), end("lost")]), { stored: 3 }],
    ["called-twice", complete, { calls: 2 }],
    ["called-twice", complete, { starts: 2 }],
    ["not-cancelled", complete, { cancelResult: "cancelled" }],
    ["not-cancelled", complete, { cancelResult: "lost" }],
    ["unstopped", complete, { isUnstopped: true }],
    ["not-closed", complete, { statusAtEnd: 200 }],
    ["disagreement", load([...first(2), end("lost")]), { final: complete }],
    ["disagreement", load([...first(1), end("lost")]), { final: load([...first(2), end("lost")]) }],
    ["disagreement", load([...first(1), end("cancelled")]), { final: complete, takeovers: 1 }],
  ])("%s", (kind, page, changes) => {
    expect(kinds(page, changes)).toContain(kind);
  });
});
