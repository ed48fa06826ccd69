import { gzipSync } from "node:zlib";
import type { Run } from "./drive.js";
import type { Answer } from "./scripted-server.js";

/** One program against one scripted server. */
export interface Case extends Omit<Run, "url"> {
  name: string;
  /** User name and password in the URL. */
  user?: string;
  /** The part that follows the run's own path in the URL. */
  query?: string;
  /** The source is on the server's other origin. */
  crossOrigin?: boolean;
  answers: Answer[];
  /** The web-platform tests whose facts it holds, by file name without extension. */
  wpt?: string[];
  /** The result of Chromium's own class, where it differs. */
  chromium?: Difference;
}

/** A difference between Chromium's class and this one. `EVENTSOURCE.md` lists them all. */
export interface Difference {
  /** The sentence of the standard that decides, or that leaves it open. */
  sentence: string;
  /** The number of events to look for, where that is another one. */
  until?: number;
  seen: string[];
  /** The requests that it makes, from those that this class makes. Default: the same. */
  requests?: (ours: string[]) => string[];
}

type Chunk = string | Uint8Array;

/** A stream of these chunks, which then stays open. */
const hold = (...body: Chunk[]): Answer => ({ body, after: "hold" });
/** A stream of these chunks, which then ends. */
const end = (...body: Chunk[]): Answer => ({ body });
const typed = (type: string | string[], ...body: Chunk[]): Answer => ({
  headers: { "Content-Type": type },
  body,
  after: "hold",
});
const bytes = (...parts: (string | number[])[]): Uint8Array =>
  Buffer.concat(parts.map((part) => (typeof part === "string" ? Buffer.from(part) : Buffer.from(part))));
const oneByOne = (text: string): Uint8Array[] => [...Buffer.from(text)].map((byte) => Uint8Array.of(byte));

/** A stream that makes so many events after `open`. */
function parsing(name: string, body: Chunk | Chunk[], events: number, ...wpt: string[]): Case {
  return { name, answers: [hold(...[body].flat())], until: events + 1, wpt };
}

const parsed: Case[] = [
  parsing(
    "data lines are joined with LF",
    "data:msg\ndata: msg\n\n:\n:\n\nfalsefield:msg\n\ndata\n\ndata:end\n\n",
    3,
    "event-data",
  ),
  parsing(
    "one leading space is removed, and no more",
    "data:  a\n\ndata:\ta\rdata: \ndata:a\n\n",
    2,
    "format-leading-space",
  ),
  parsing(
    "an empty data field makes an event with empty data",
    "data:\n\ndata\ndata\n\ndata:test\n\n",
    3,
    "format-field-data",
  ),
  parsing("no data field, no event", "event: custom\nid: 1\n\n:x\n\ndata: end\n\n", 1),
  parsing(
    "LF, CR and CRLF end a line, in any mixture",
    "data: a\r\rdata: b\n\ndata: c\r\n\r\ndata: d\r\n\ndata: e\r\ndata: f\n\r",
    5,
    "format-newlines",
  ),
  parsing("a CR that ends a chunk ends the event at once", "data: a\r\r", 1),
  parsing("CRLF split between chunks is one line end", ["data: a\r", "\n\r", "\ndata: b\r\n\r\n"], 2),
  parsing(
    "comments and unknown fields mean nothing",
    ":c\ndata: a\n: c\nfoo: b\nDATA: b\n data: b\ndata : b\nda-ta: b\n\n",
    1,
    "format-comments",
    "format-field-unknown",
  ),
  parsing(
    "a comment of any length means nothing",
    ["data: a\n:", `${"x".repeat(5000)}\r`, ":data: b\ndata: c\n\n"],
    1,
    "format-comments",
  ),
  parsing("a colon alone begins a comment, a line without one is a field", ":\n::\ndata:a:b\ndata\n\n", 1),
  parsing(
    "field names are compared as they are",
    "data:\0\ndata:  2\rData:1\ndata\0:2\ndata:1\r\0data:4\n\n",
    1,
    "format-field-parsing",
  ),
  parsing("an event name", "event: custom\ndata: a\n\ndata: b\n\n", 2, "format-field-event"),
  parsing(
    "an empty event name is message",
    "event: custom\nevent:\ndata: a\n\n",
    1,
    "format-field-event-empty",
  ),
  parsing(
    "an event name keeps its spaces but one",
    "event:   spaced\ndata: a\n\nevent:  spaced\ndata: b\n\nevent: end\ndata\n\n",
    2,
  ),
  parsing(
    "an event of the stream may be named error or open",
    "event: error\ndata: a\n\nevent: open\ndata: b\n\n",
    2,
  ),
  parsing("one byte order mark is stripped", bytes([0xef, 0xbb, 0xbf], "data: a\n\n"), 1, "format-bom"),
  parsing(
    "only one byte order mark is stripped",
    bytes([0xef, 0xbb, 0xbf, 0xef, 0xbb, 0xbf], "data: a\n\ndata: b\n\n"),
    1,
    "format-bom-2",
  ),
  parsing("a byte order mark in two chunks", [Uint8Array.of(0xef, 0xbb), bytes([0xbf], "data: a\n\n")], 1),
  parsing(
    "a byte order mark within the stream is a character",
    bytes("data: a\n\n", [0xef, 0xbb, 0xbf], "data: b\n\ndata: c\n\n"),
    2,
    "format-bom",
  ),
  parsing("what is no UTF-8 becomes U+FFFD", bytes("data: ", [0xff, 0x20, 0xe2, 0x82], "\n\n"), 1),
  parsing(
    "NUL is a character like others",
    "data: a\0b\n\n\0data: c\n\ndata: d\n\n",
    2,
    "format-null-character",
  ),
  parsing(
    "every byte is a chunk",
    oneByOne("id: é\r\nevent: custom\r\ndata: €uro\r\ndata: 😀\r\n\r\n: x\r\ndata: y\r\r"),
    2,
  ),
  parsing(
    "an id stays for later events",
    "id: 1\ndata: a\n\ndata: b\n\nid: 2\ndata: c\n\nid\ndata: d\n\ndata: e\n\n",
    5,
    "format-field-id-3",
  ),
  parsing("an id of an event without data counts", "id: 1\n\ndata: a\n\n", 1),
  parsing("the last id of an event counts", "id: 1\nid: 2\ndata: a\n\n", 1),
  parsing("an id keeps its spaces but one", "id:  1 \ndata: a\n\n", 1),
  parsing("the order of an event's fields means nothing", "data: a\nevent: custom\nretry: 20\nid: 1\n\n", 1),
];

const charsetSentence = "Streams must be decoded using the UTF-8 decode algorithm.";
const typeSentence =
  "Otherwise, if res's status is not 200, or if res's `Content-Type` is not `text/event-stream`, then fail the connection.";

const contentTypes: Case[] = [
  ...[
    "text/event-stream;",
    "text/event-stream; charset=UTF-8",
    "TEXT/Event-Stream",
    "text/event-stream ; x=y",
  ].map(
    (type): Case => ({
      name: `content type "${type}" is an event stream`,
      answers: [typed(type, "data: a\n\n")],
      until: 2,
      wpt: ["format-mime-trailing-semicolon"],
    }),
  ),
  ...["text/x-bogus", "", "text/event-streams", "x text/event-stream", "x bogus", "text"].map(
    (type): Case => ({
      name: `content type "${type}" fails the connection`,
      answers: [{ ...typed(type, "retry: 1\ndata: a\n\n"), after: "end" }],
      until: 1,
      quiet: 30,
      wpt: ["format-mime-bogus", "format-mime-valid-bogus"],
    }),
  ),
  {
    name: 'content type "text/event-stream bogus" fails the connection',
    answers: [typed("text/event-stream bogus", "data: a\n\n")],
    until: 1,
    chromium: {
      sentence: typeSentence,
      until: 2,
      seen: ["made, state 0", "open, state 1", 'message "a", id "", state 1', "at last, state 1"],
    },
  },
  {
    name: "no content type fails the connection",
    answers: [{ headers: {}, body: "data: a\n\n" }],
    until: 1,
    quiet: 30,
  },
  {
    name: "of two content types the last counts: an event stream",
    answers: [typed(["text/html", "text/event-stream"], "data: a\n\n")],
    until: 2,
  },
  {
    name: "of two content types the last counts: no event stream",
    answers: [typed(["text/event-stream", "text/html"], "data: a\n\n")],
    until: 1,
  },
  {
    name: "a charset other than UTF-8 changes nothing",
    answers: [typed("text/event-stream;charset=windows-1252", "data: ok…\n\n")],
    until: 2,
    wpt: ["format-utf-8"],
    chromium: {
      sentence: charsetSentence,
      until: 1,
      seen: ["made, state 0", "error, state 2", "at last, state 2"],
    },
  },
];

const bodiless = [204, 205, 304];

const statuses: Case[] = [
  201, 202, 203, 204, 205, 206, 210, 299, 300, 304, 305, 400, 401, 403, 404, 408, 410, 418, 429, 500, 502,
  503, 504,
].map(
  (status): Case => ({
    name: `status ${status} fails the connection`,
    answers: [{ status, body: bodiless.includes(status) ? "" : "retry: 1\ndata: a\n\n" }],
    until: 1,
    quiet: 30,
    wpt: ["request-status-error"],
  }),
);

const redirects: Case[] = [
  ...[301, 302, 303, 307, 308].map(
    (status): Case => ({
      name: `status ${status} is followed, and a reconnect begins where it led`,
      answers: [
        { status, headers: { Location: "?moved" } },
        end("retry: 1\nid: 1\ndata: a\n\n"),
        hold("data: b\n\n"),
      ],
      until: 5,
      wpt: ["request-redirect"],
    }),
  ),
  {
    name: "a redirect that leads to a network error is not remembered",
    answers: [
      end("retry: 1\n\n"),
      { status: 302, headers: { Location: "?moved" } },
      { after: "no answer" },
      hold("data: a\n\n"),
    ],
    until: 5,
  },
  {
    name: "the origin of an event is that of the final URL",
    answers: [
      { status: 307, headers: { Location: "{other}{run}" } },
      {
        headers: { "Content-Type": "text/event-stream", "Access-Control-Allow-Origin": "*" },
        body: "data: a\n\n",
        after: "hold",
      },
    ],
    until: 2,
  },
  {
    name: "a redirect to a status that is no success fails the connection",
    answers: [{ status: 302, headers: { Location: "?moved" } }, { status: 404 }],
    until: 1,
    quiet: 30,
  },
  {
    name: "a redirect without a location fails the connection",
    answers: [{ status: 302, headers: { "Content-Type": "text/event-stream" } }],
    until: 1,
    quiet: 30,
  },
];

const digitsSentence =
  "If the field value consists of only ASCII digits, then interpret the field value as an integer in base ten, and set the event stream's reconnection time to that integer. Otherwise, ignore the field.";

const reconnects: Case[] = [
  {
    name: "a stream that ends is opened again, with the last id",
    answers: [end("retry: 1\nid: 7\ndata: a\n\n"), hold("data: b\n\n")],
    until: 5,
    wpt: ["eventsource-reconnect", "format-field-id", "format-field-retry"],
  },
  {
    name: "a stream that breaks is opened again",
    answers: [{ body: "retry: 1\nid: 7\ndata: a\n\nda", after: "cut" }, hold("data: b\n\n")],
    until: 5,
    wpt: ["eventsource-reconnect"],
  },
  {
    name: "what is unfinished when a stream ends is dropped, its id too",
    answers: [end("retry: 1\ndata: a\n\nid: 8\ndata: b"), hold("data: c\n\n")],
    until: 5,
    wpt: ["format-data-before-final-empty-line"],
  },
  {
    name: "an id goes on from one connection to the next, and the next",
    answers: [end("retry: 1\nid: 7\ndata: a\n\n"), end("data: b\n\n"), hold("data: c\n\n")],
    until: 8,
    wpt: ["format-field-id"],
  },
  {
    name: "an emptied id is not sent",
    answers: [end("retry: 1\nid: 7\ndata: a\n\nid\n\n"), hold("data: b\n\n")],
    until: 5,
    wpt: ["format-field-id-2"],
  },
  {
    name: "an id without an event is sent",
    answers: [end("retry: 1\nid: 7\n\n"), hold("data: b\n\n")],
    until: 4,
  },
  {
    name: "an id that is not ASCII is sent as UTF-8",
    answers: [end("retry: 1\nid: …é😀\ndata: a\n\n"), hold("data: b\n\n")],
    until: 5,
    wpt: ["format-field-id"],
  },
  ...["\0\0", "x\0", "\0x", "x\0x", " \0"].map(
    (id): Case => ({
      name: `an id with NUL is ignored: ${JSON.stringify(id)}`,
      answers: [end(`retry: 1\nid: ${id}\ndata: a\n\n`), hold("data: b\n\n")],
      until: 5,
      wpt: ["format-field-id-null"],
    }),
  ),
  {
    name: "connections that fail are tried again, until a status says no",
    answers: [end("retry: 1\n\n"), { after: "no answer" }, { after: "no answer" }, { status: 204 }],
    until: 5,
    quiet: 30,
    wpt: ["eventsource-close"],
  },
  {
    name: "an empty stream is opened again",
    answers: [end("retry: 1\n\n"), end(""), hold("data: a\n\n")],
    until: 6,
  },
  {
    name: "a body that is shorter than announced breaks the stream",
    answers: [
      {
        headers: { "Content-Type": "text/event-stream", "Content-Length": "1000" },
        body: "retry: 1\ndata: a\n\n",
        after: "cut",
      },
      hold("data: b\n\n"),
    ],
    until: 5,
  },
  ...["x", "1x", "-1", " 2", "1.5", "0x10", "１"].map(
    (value): Case => ({
      name: `retry "${value}" is ignored`,
      answers: [end(`retry: 1\nretry: ${value}\ndata: a\n\n`), hold("data: b\n\n")],
      until: 5,
      wpt: ["format-field-retry-bogus"],
    }),
  ),
  {
    name: "an empty retry is ignored",
    answers: [end("retry: 1\nretry:\nretry\ndata: a\n\n"), hold("data: b\n\n")],
    until: 5,
    wpt: ["format-field-retry-empty"],
    chromium: {
      sentence: digitsSentence,
      until: 3,
      requests: (ours) => ours.slice(0, 1),
      seen: [
        "made, state 0",
        "open, state 1",
        'message "a", id "", state 1',
        "error, state 0",
        "at last, state 0",
      ],
    },
  },
  {
    name: "retry without its line end means nothing",
    answers: [end("data: a\n\nretry: 1"), hold("data: b\n\n")],
    until: 3,
    quiet: 100,
  },
  {
    name: "retry counts at the end of its line",
    answers: [end("data: a\n\nretry: 1\n"), hold("data: b\n\n")],
    until: 5,
    wpt: ["format-field-retry"],
  },
  {
    name: "a retry beyond what timers keep waits",
    answers: [end("data: a\n\nretry: 99999999999\n"), hold("data: b\n\n")],
    until: 3,
    quiet: 100,
  },
  {
    name: "retry 0 reconnects at once",
    answers: [end("data: a\n\nretry: 0\n"), hold("data: b\n\n")],
    until: 5,
  },
];

const two = "data: a\n\ndata: b\n\n";

const closing: Case[] = [
  { name: "close() before anything came", answers: [hold(two)], until: 0, closeAt: 0, quiet: 60 },
  {
    name: "close() in open",
    answers: [hold(two)],
    until: 1,
    closeAt: 1,
    quiet: 60,
    wpt: ["eventsource-close"],
  },
  {
    name: "close() in the first of two events of a chunk",
    answers: [hold(two)],
    until: 2,
    closeAt: 2,
    quiet: 60,
  },
  {
    name: "close() in error ends reconnecting",
    answers: [end("retry: 1\n\n")],
    until: 2,
    closeAt: 2,
    quiet: 60,
  },
  { name: "close() in error after a failure", answers: [{ status: 500 }], until: 1, closeAt: 1, quiet: 30 },
  {
    name: "what a listener awaits goes on before the next event",
    answers: [hold(two)],
    until: 3,
    microtasks: true,
    quiet: 5,
  },
];

const others: Case[] = [
  {
    name: "a gzipped stream",
    answers: [
      {
        headers: { "Content-Type": "text/event-stream", "Content-Encoding": "gzip" },
        body: gzipSync("data: a\n\n"),
        after: "hold",
      },
    ],
    until: 2,
  },
  {
    name: "the query is sent, the fragment is not",
    query: "?a=b&c#d",
    answers: [hold("data: a\n\n")],
    until: 2,
    wpt: ["eventsource-url"],
  },
  {
    name: "the request asks for an event stream, and not for a cached one",
    answers: [hold("data: a\n\n")],
    until: 2,
    wpt: ["request-accept", "request-cache-control"],
  },
];

const users: Case[] = [
  {
    name: "a user name and password in the URL are sent",
    user: "us%20er:p%C3%A4ss@",
    answers: [hold("data: a\n\n")],
    until: 2,
    chromium: {
      sentence: "whose use-URL-credentials flag is set",
      until: 1,
      requests: () => [],
      seen: ["made, state 0", "error, state 2", "at last, state 2"],
    },
  },
];

/** Every case that any runtime can run. */
export const cases: Case[] = [
  ...parsed,
  ...contentTypes,
  ...statuses,
  ...redirects,
  ...reconnects,
  ...closing,
  ...others,
  ...users,
];

function allowed(headers: Record<string, string>): Answer {
  return { headers: { "Content-Type": "text/event-stream", ...headers }, body: "data: a\n\n", after: "hold" };
}

const futileSentence =
  "Otherwise, if res is a network error, then reestablish the connection, unless the user agent knows that to be futile, in which case the user agent may fail the connection.";
const refusedByChromium: Difference = {
  sentence: futileSentence,
  seen: ["made, state 0", "error, state 2", "at last, state 2"],
};

/** Cases for browsers, which check whether another origin allows the request. */
export const crossOriginCases: Case[] = [
  {
    name: "another origin that allows it",
    crossOrigin: true,
    answers: [allowed({ "Access-Control-Allow-Origin": "{origin}" })],
    until: 2,
    wpt: ["eventsource-cross-origin"],
  },
  {
    name: "another origin that allows credentials",
    crossOrigin: true,
    withCredentials: true,
    answers: [
      allowed({ "Access-Control-Allow-Origin": "{origin}", "Access-Control-Allow-Credentials": "true" }),
    ],
    until: 2,
    wpt: ["eventsource-cross-origin"],
  },
  {
    name: "another origin that allows no credentials",
    crossOrigin: true,
    withCredentials: true,
    answers: [allowed({ "Access-Control-Allow-Origin": "*" })],
    until: 1,
    chromium: refusedByChromium,
  },
  {
    name: "another origin that allows nothing",
    crossOrigin: true,
    answers: [hold("data: a\n\n")],
    until: 1,
    chromium: refusedByChromium,
  },
];
