import { expect, test } from "vitest";
import { createHistory } from "../../src/shared/history.js";

const large = "x".repeat(10_000);

test.each<[string, (id: string) => { after: string; event: string; data: string }]>([
  ["data", (id) => ({ after: id, event: "message", data: large })],
  ["names", (id) => ({ after: id, event: large, data: "" })],
  ["ids", (id) => ({ after: `${id} ${large}`, event: "message", data: "" })],
])("what a tab keeps for others is bounded in characters: %s", (_what, make) => {
  const history = createHistory();
  let before = "first";
  for (let i = 0; i < 500; i += 1) {
    const { after, ...fields } = make(String(i));
    history.add({ before, after, event: { ...fields, lastEventId: after } });
    before = after;
  }
  expect(history.after("first")).toBeUndefined();
  const kept = Array.from({ length: 500 }, (_, i) => make(String(i)).after).filter((id) => history.after(id));
  expect(kept.length).toBeGreaterThan(90);
  expect(kept.length).toBeLessThanOrEqual(100);
});
