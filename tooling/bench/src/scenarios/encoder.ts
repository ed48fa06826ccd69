import { encodeEvent } from "@sse/core";
import { createEventBuffer } from "better-sse";
import { encode } from "eventsource-encoder";
import { createParser, type EventSourceMessage } from "eventsource-parser";
import { SSEStreamingApi } from "hono/streaming";
import { type Bench, bySize, type Scenario } from "../bench.js";
import { compare } from "./interleaved.js";

interface Encoded {
  event: string;
  id: string;
  data: string;
}

type Encode = (event: Encoded) => string | Promise<string>;

/** Hono's encoder cannot be called without its stream: this one keeps what is written. */
class KeptStream extends SSEStreamingApi {
  text = "";

  override async write(input: Uint8Array | string): Promise<this> {
    this.text = String(input);
    return this;
  }
}

const { readable, writable } = new TransformStream();
const kept = new KeptStream(writable, readable);

const ours: Encode = encodeEvent;
const theirs: Record<string, Encode> = {
  "better-sse": ({ event, id, data }) =>
    createEventBuffer({ serializer: String }).event(event).id(id).data(data).dispatch().read(),
  "eventsource-encoder": encode,
  hono: async (event) => {
    await kept.writeSSE(event);
    return kept.text;
  },
};

const events: Record<string, Encoded> = {
  "100 B, one line": { event: "price", id: "1-42", data: "price 101.25 ".repeat(8).slice(0, 100) },
  "4 KB, 64 lines": { event: "page", id: "1-43", data: `${"x".repeat(63)}\n`.repeat(64) },
};

/** Inputs that must not make a second event, a field or another value. */
const injections: Encoded[] = ["\n", "\r", "\r\n"].flatMap((lineEnd) => {
  const forged = `a${lineEnd}data: forged${lineEnd}${lineEnd}data: second`;
  const harmless = { event: "price", id: "1", data: "text" };
  return [
    { ...harmless, event: forged },
    { ...harmless, id: forged },
    { ...harmless, data: forged },
  ];
});

const atATime = 100;

/** Our encoder against others', pair by pair; a note names those that can be made to forge. */
export const encoder: Scenario = {
  name: "encoder",
  title: "Encoder: against others, pair by pair",
  contest: false,
  metrics: {
    lower: { title: "ratio, lower bound (95 %)", unit: "", digits: 2 },
    speed: { title: "ratio, median", unit: "", digits: 2 },
    ours: { title: "ours", unit: "1/s", digits: 0 },
    theirs: { title: "theirs", unit: "1/s", digits: 0 },
  },
  async run(bench) {
    const pairs = bySize(bench.size, {
      full: { pairs: 60, time: 20 },
      quick: { pairs: 10, time: 10 },
      smoke: { pairs: 2, time: 0 },
    });
    for (const [name, peer] of Object.entries(theirs)) {
      await checkInjections(bench, name, peer);
      for (const [title, event] of Object.entries(events)) {
        const { first, second, ratio, lower } = await compare(many(ours, event), many(peer, event), pairs);
        const figures = { lower, speed: ratio, ours: first * atATime, theirs: second * atATime };
        bench.report({ case: title, contender: `against ${name}`, figures });
      }
    }
  },
};

function many(encoding: Encode, event: Encoded): () => unknown {
  if (encoding === theirs["hono"])
    return async () => {
      for (let count = 0; count < atATime; count += 1) await encoding(event);
    };
  return () => {
    for (let count = 0; count < atATime; count += 1) encoding(event);
  };
}

/** Says so where an encoder is fast because it does not look. */
async function checkInjections(bench: Bench, name: string, encoding: Encode): Promise<void> {
  const forging = injections.map(async (event) => ((await isHarmless(encoding, event)) ? [] : [event]));
  const [first] = (await Promise.all(forging)).flat();
  if (first !== undefined) bench.note(`${name} lets a field or an event be forged: ${JSON.stringify(first)}`);
}

/**
 * Whether the event is refused, or is decoded as one event with the encoded data and nothing
 * forged.
 */
async function isHarmless(encoding: Encode, event: Encoded): Promise<boolean> {
  const found: EventSourceMessage[] = [];
  const parser = createParser({ onEvent: (message) => found.push(message) });
  try {
    parser.feed(await encoding(event));
  } catch {
    return true;
  }
  return found.length === 1 && found[0]!.data === event.data.replaceAll(/\r\n?/g, "\n");
}
