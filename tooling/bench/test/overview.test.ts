import { expect, test } from "vitest";
import { overview } from "../src/report/overview.js";
import { rowsOf, type Summary } from "../src/summary.js";

const measured = (contender: string, cpu: number, name = "a room of 10, saturated") => ({
  scenario: "personal",
  case: name,
  contender,
  figures: { cpu },
});

test("an overview has our figure, the best peer and the floor, and leaves out what was not measured", () => {
  const summary: Summary = {
    scenario: "personal",
    title: "Personal",
    contest: true,
    metrics: { cpu: { title: "CPU/event", unit: "µs", digits: 1 } },
    rows: rowsOf([
      measured("sse", 2),
      measured("sse", 9, "a room of 100"),
      measured("stream", 1),
      measured("better-sse", 5),
      measured("fastify-sse", 4),
      measured("raw-frames", 1.6),
    ]),
    notes: [],
    failed: false,
  };
  expect(overview([summary])).toEqual([
    [
      "Room: one event to the 10 of 1,000 clients in it, CPU for each",
      "2.0 µs",
      "4.0 µs (@fastify/sse)",
      "1.6 µs (bare socket.write(shared frame))",
      "0.50",
      "1.25",
    ],
  ]);
  expect(overview([])).toEqual([]);
});
