import { createEventParser } from "@sse/core";
import { createParser } from "eventsource-parser";
import { type Bench, bySize, type Scenario } from "../bench.js";
import { compare, type Work } from "./interleaved.js";
import { type Shape, shapes } from "./shapes.js";

const encoder = new TextEncoder();

/**
 * Our parser, which adds bytes, bounds and the stream's state, against eventsource-parser by itself
 * (strings) or behind a decoder (bytes).
 */
export const parser: Scenario = {
  name: "parser",
  title: "Parser: against eventsource-parser, pair by pair",
  contest: false,
  metrics: {
    lower: { title: "ratio, lower bound (95 %)", unit: "", digits: 2 },
    speed: { title: "ratio, median", unit: "", digits: 2 },
    ours: { title: "ours", unit: "MB/s", digits: 0 },
    theirs: { title: "theirs", unit: "MB/s", digits: 0 },
  },
  async run(bench) {
    const pairs = bySize(bench.size, {
      full: { pairs: 60, time: 20 },
      quick: { pairs: 10, time: 10 },
      smoke: { pairs: 2, time: 0 },
    });
    for (const shape of shapes()) {
      const bytes = encoder.encode(shape.chunks.join("")).length;
      for (const [input, ours, theirs] of inputs(bench, shape)) {
        const { first, second, ratio, lower } = await compare(ours, theirs, pairs);
        const figures = { lower, speed: ratio, ours: (first * bytes) / 1e6, theirs: (second * bytes) / 1e6 };
        bench.report({ case: input, contender: shape.name, figures });
      }
    }
  },
};

function inputs(bench: Bench, { chunks, events, name }: Shape): [string, Work, Work][] {
  const buffers = chunks.map((chunk) => encoder.encode(chunk));
  const runs: [string, () => number, () => number][] = [
    ["strings", () => parseOurs(chunks), () => parseTheirs(chunks)],
    ["bytes", () => parseOurs(buffers), () => decodeAndParse(buffers)],
  ];
  for (const [input, ours, theirs] of runs)
    for (const found of [ours(), theirs()])
      if (found !== events) bench.note(`${name}, ${input}: ${found} events where ${events} were due`);
  return runs;
}

function parseOurs(chunks: readonly (string | Uint8Array)[]): number {
  let events = 0;
  const each = createEventParser({
    onEvent: () => {
      events += 1;
    },
  });
  for (const chunk of chunks) each.feed(chunk);
  return events;
}

function parseTheirs(chunks: readonly string[]): number {
  let events = 0;
  const each = createParser({
    onEvent: () => {
      events += 1;
    },
  });
  for (const chunk of chunks) each.feed(chunk);
  return events;
}

function decodeAndParse(chunks: readonly Uint8Array[]): number {
  let events = 0;
  const decoder = new TextDecoder();
  const each = createParser({
    onEvent: () => {
      events += 1;
    },
  });
  for (const chunk of chunks) each.feed(decoder.decode(chunk, { stream: true }));
  return events;
}
