/** An event stream, cut as it arrives. */
export interface Shape {
  name: string;
  chunks: string[];
  /** Events that a parser must find. */
  events: number;
}

/** Numbers that look random and are the same in every run. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

const words = "the price of one share rose while buyers looked and fell again before lunch".split(" ");
const scripts = ["größer", "価格が上がる", "цена растёт", "السعر", "가격", "🚀📈", "👩‍👩‍👧‍👦", "é́"];

function sentence(next: () => number, from: readonly string[], count: number): string {
  return Array.from({ length: count }, () => from[Math.floor(next() * from.length)]).join(" ");
}

function json(next: () => number, from: readonly string[] = words): string {
  return JSON.stringify({
    text: sentence(next, from, 4 + Math.floor(next() * 8)),
    index: Math.floor(next() * 1e6),
  });
}

function list<Item>(count: number, item: (index: number) => Item): Item[] {
  return Array.from({ length: count }, (_, index) => item(index));
}

/** Cuts a text into pieces of about this length. */
function cut(text: string, length: number, next: () => number): string[] {
  const pieces: string[] = [];
  for (let at = 0; at < text.length; ) {
    const end = at + 1 + Math.floor(next() * (2 * length - 1));
    pieces.push(text.slice(at, end));
    at = end;
  }
  return pieces;
}

/**
 * The eleven shapes that eventsource-parser measures itself with, made from a seed: each takes
 * another path through a parser.
 */
export function shapes(): Shape[] {
  const next = random(20_261_121);
  const dataOnly = (count: number): string[] => list(count, () => `data: ${json(next)}\n\n`);
  const last = "data: the end\n\n";
  return [
    { name: "data only", chunks: dataOnly(256), events: 256 },
    {
      name: "named events",
      chunks: list(128, (i) => `event: ${words[i % 5]}\ndata: ${json(next)}\n\n`),
      events: 128,
    },
    {
      name: "events with id",
      chunks: list(128, (i) => `id: ${i}\nevent: ${words[i % 5]}\ndata: ${json(next)}\n\n`),
      events: 128,
    },
    { name: "many scripts", chunks: list(128, () => `data: ${json(next, scripts)}\n\n`), events: 128 },
    {
      name: "heartbeats",
      chunks: list(64, () => [
        ": keep-alive\n",
        ": keep-alive\n",
        ": keep-alive\n",
        `data: ${json(next)}\n\n`,
      ]).flat(),
      events: 64,
    },
    { name: "idle, byte by byte", chunks: [...list(512, () => ":"), "\n", last], events: 1 },
    {
      name: "invalid line, byte by byte",
      chunks: ["invalid", ...list(512, () => "x"), "\n", last],
      events: 1,
    },
    {
      name: "huge line in small pieces",
      chunks: cut(`data: ${sentence(next, words, 262_144 / 5).slice(0, 262_144)}\n\n`, 4, next),
      events: 1,
    },
    { name: "small pieces", chunks: cut(dataOnly(128).join(""), 8, next), events: 128 },
    {
      name: "large data of many lines",
      chunks: [`${list(500, () => `data: ${sentence(next, words, 18).slice(0, 80)}\n`).join("")}\n`],
      events: 1,
    },
    {
      name: "edge cases",
      chunks: list(32, () => [
        "data: one\r\ndata: two\r\n\r\n",
        ": comment\nunknown: field\ndata:no space\n\n",
        "data: split\r",
        "\n\r",
        "\nretry: 1000\nid\ndata\n\n",
      ]).flat(),
      events: 32 * 4,
    },
  ];
}
