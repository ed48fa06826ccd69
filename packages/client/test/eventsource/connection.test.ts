import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Connection } from "../../src/eventsource/connection.js";
import { FatalError, type OpenStream, type Source } from "../../src/eventsource/source.js";
import { ManualTimers, quiet, streamOf, until } from "./tools.js";

// Sockets and megabytes take their time on a busy machine.
type Stream = ReadableStream<Uint8Array>;
type Opened = Stream | undefined | Error | Promise<Stream>;

/**
 * A connection whose source opens the given streams, one after the other, and whose time is moved
 * by hand.
 */
function connect(streams: Opened[], { reopens = true } = {}) {
  const timers = new ManualTimers();
  const events: Event[] = [];
  const opened: { lastEventId: string; signal: AbortSignal }[] = [];
  const onEvent: { listener: (event: Event) => void } = { listener: () => {} };
  const source: Source = {
    reopens,
    async open(lastEventId, signal): Promise<OpenStream> {
      opened.push({ lastEventId, signal });
      const next = await streams.shift();
      if (next instanceof Error) throw next;
      return { chunks: next?.getReader(), origin: "https://a.example" };
    },
  };
  const connection: Connection = new Connection({
    source,
    timers,
    dispatch(event) {
      events.push(event);
      onEvent.listener(event);
    },
  });
  return { connection, timers, events, opened, onEvent };
}

const typesOf = (events: Event[]): string[] => events.map(({ type }) => type);
const dataOf = (events: Event[]): unknown[] =>
  events.flatMap((event) => (event instanceof MessageEvent ? event.data : []));
const causeOf = (event: Event | undefined): unknown => (event as { cause?: unknown }).cause;

describe("reconnecting", () => {
  test("waits for exactly 3 seconds, however often it fails", async () => {
    const { timers, events, connection } = connect([
      new TypeError("1"),
      new TypeError("2"),
      new TypeError("3"),
      streamOf([]),
    ]);
    for (let attempt = 1; attempt <= 4; attempt++) {
      await until(() => timers.running === 1);
      expect(connection.readyState).toBe(0);
      timers.fire();
    }
    expect(timers.delays).toEqual([3000, 3000, 3000, 3000]);
    expect(typesOf(events)).toEqual(["error", "error", "error", "open", "error"]);
    connection.close();
  });

  test("waits for exactly what the stream's retry says, from then on", async () => {
    const { timers, connection } = connect([
      streamOf(["retry: 123\n"]),
      new TypeError(),
      streamOf(["retry: 0\n"]),
    ]);
    for (let attempt = 0; attempt < 3; attempt++) {
      await until(() => timers.running === 1);
      timers.fire();
    }
    expect(timers.delays).toEqual([123, 123, 0]);
    connection.close();
  });

  test("waits no longer than timers can", async () => {
    const { timers, connection } = connect([streamOf(["retry: 99999999999\n"])]);
    await until(() => timers.running === 1);
    expect(timers.delays).toEqual([2 ** 31 - 1]);
    expect(connection.reconnectionTime).toBe(99999999999);
    connection.close();
  });

  test("is on its way while error is dispatched, and opens nothing before its time", async () => {
    const { timers, opened, connection, onEvent } = connect([streamOf([])]);
    const seen: unknown[] = [];
    onEvent.listener = ({ type }) => seen.push([type, connection.readyState, timers.running]);
    await until(() => timers.running === 1);
    await quiet();
    expect(seen).toEqual([
      ["open", 1, 0],
      ["error", 0, 1],
    ]);
    expect(opened).toHaveLength(1);
    connection.close();
  });

  test("goes on from the last id", async () => {
    const { timers, opened, connection } = connect([
      streamOf(["id: 1\ndata\n\nid: 2\n\nid: 3\ndata: cut"]),
      streamOf(["data\n\n"]),
    ]);
    for (let attempt = 0; attempt < 2; attempt++) {
      await until(() => timers.running === 1);
      timers.fire();
    }
    expect(opened.map(({ lastEventId }) => lastEventId)).toEqual(["", "2", "2"]);
    connection.close();
  });

  test("follows a network error and an end, with the cause of the error", async () => {
    const broken = new TypeError("broken");
    const { timers, events, connection } = connect([broken, undefined, streamOf(["data: a\n\n"], "break")]);
    for (let attempt = 0; attempt < 3; attempt++) {
      await until(() => timers.running === 1);
      timers.fire();
    }
    const errors = events.filter(({ type }) => type === "error");
    expect(errors.map(causeOf)).toEqual([broken, undefined, new TypeError("broken")]);
    connection.close();
  });

  test("does not follow what would come again", async () => {
    const futile = new FatalError("status 500");
    const { timers, events, connection, opened } = connect([futile]);
    await until(() => connection.readyState === 2);
    expect(typesOf(events)).toEqual(["error"]);
    expect(causeOf(events[0])).toBe(futile);
    expect(timers.running).toBe(0);
    expect(opened[0]?.signal.aborted).toBe(true);
  });

  test("does not follow an abort that is not its own", async () => {
    const { timers, connection } = connect([new DOMException("stopped", "AbortError")]);
    await until(() => connection.readyState === 2);
    expect(timers.running).toBe(0);
  });

  test("does not follow where the source cannot be opened again", async () => {
    for (const stream of [streamOf(["data: a\n\n"]), streamOf(["data: a\n\n"], "break")]) {
      const { timers, connection, events } = connect([stream], { reopens: false });
      await until(() => connection.readyState === 2);
      expect(typesOf(events)).toEqual(["open", "message", "error"]);
      expect(timers.running).toBe(0);
    }
  });
});

describe("close()", () => {
  test("while the connection is being opened: aborts, and nothing is fired", async () => {
    const { connection, opened, events } = connect([new Promise<Stream>(() => {})]);
    connection.close();
    await quiet();
    expect(opened[0]?.signal.aborted).toBe(true);
    expect(connection.readyState).toBe(2);
    expect(events).toEqual([]);
  });

  test("cancels a stream that comes all the same", async () => {
    let canceled = false;
    let answer = (_stream: Stream): void => {};
    const { connection, events } = connect([
      new Promise<Stream>((resolve) => {
        answer = resolve;
      }),
    ]);
    connection.close();
    answer(
      new ReadableStream({
        cancel: () => {
          canceled = true;
        },
      }),
    );
    await until(() => canceled);
    expect(events).toEqual([]);
  });

  test("cancels the open stream", async () => {
    let canceled = false;
    const { connection, events, timers } = connect([
      new ReadableStream({
        cancel: () => {
          canceled = true;
        },
      }),
    ]);
    await until(() => events.length === 1);
    connection.close();
    await quiet();
    expect(canceled).toBe(true);
    expect(typesOf(events)).toEqual(["open"]);
    expect(timers.running).toBe(0);
  });

  test("while a reconnect waits: there is none", async () => {
    const { connection, timers, opened } = connect([streamOf([])]);
    await until(() => timers.running === 1);
    connection.close();
    expect(timers.running).toBe(0);
    timers.fire();
    await quiet();
    expect(opened).toHaveLength(1);
  });

  test("in error: there is no reconnect", async () => {
    const { connection, timers, onEvent, events } = connect([streamOf([])]);
    onEvent.listener = ({ type }) => {
      if (type === "error") connection.close();
    };
    await until(() => events.length === 2);
    await quiet();
    expect(timers.running).toBe(0);
    expect(connection.readyState).toBe(2);
  });

  test("in a listener: the id goes back to that of the event which the listener got", async () => {
    const { connection, onEvent, events } = connect([
      streamOf(["id: 1\ndata: a\n\nid: 2\ndata: b\n\nid: 3\n\n"], "hold"),
    ]);
    onEvent.listener = ({ type }) => {
      if (type !== "message") return;
      expect(connection.lastEventId).toBe("3");
      connection.close();
    };
    await until(() => connection.readyState === 2);
    await quiet();
    connection.close();
    expect(dataOf(events)).toEqual(["a"]);
    expect(connection.lastEventId).toBe("1");
  });
});

test("what comes as the connection is closed does not move its id", async () => {
  let send = (_text: string): void => {};
  const stream = new ReadableStream<Uint8Array>({
    start(controller) {
      send = (text) => controller.enqueue(new TextEncoder().encode(text));
    },
  });
  const { connection, events } = connect([stream]);
  send("id: 1\ndata: a\n\n");
  await until(() => events.length === 2);
  send("id: 2\ndata: b\n\n");
  connection.close();
  await quiet();
  expect(connection.lastEventId).toBe("1");
  expect(dataOf(events)).toEqual(["a"]);
});

describe("reading", () => {
  test("an id without an event moves the last event id", async () => {
    const { connection, events } = connect([streamOf(["id: 1\ndata: a\n\nid: 2\n\n"], "hold")]);
    await until(() => connection.lastEventId === "2");
    expect(dataOf(events)).toEqual([]);
    await until(() => events.length === 2);
    expect((events[1] as MessageEvent).lastEventId).toBe("1");
    await quiet();
    connection.close();
    expect(connection.lastEventId).toBe("2");
  });

  test("all that came before a break is dispatched before the error", async () => {
    const { events, timers, connection } = connect([
      streamOf(["data: a\n\n", "data: b\n\ndata: c\n\n", "da"], "break"),
    ]);
    await until(() => timers.running === 1);
    expect(typesOf(events)).toEqual(["open", "message", "message", "message", "error"]);
    connection.close();
  });

  test("stops while more than 1000 events wait", async () => {
    let pulls = 0;
    const stream = new ReadableStream<Uint8Array>(
      {
        pull(controller) {
          pulls++;
          controller.enqueue(new TextEncoder().encode("data\n\n".repeat(600)));
        },
      },
      { highWaterMark: 0 },
    );
    const { connection, events, onEvent } = connect([stream]);
    let seenAhead = 0;
    onEvent.listener = () => {
      seenAhead = Math.max(seenAhead, pulls * 600 - events.length);
    };
    await until(() => events.length > 5000);
    connection.close();
    expect(seenAhead).toBeLessThanOrEqual(1800);
  });

  test("stops while more than a million characters wait", async () => {
    const large = new TextEncoder().encode(`data: ${"x".repeat(1_200_000)}\n\n`);
    let pulls = 0;
    const pull = (controller: ReadableStreamDefaultController<Uint8Array>) => {
      pulls++;
      controller.enqueue(large);
    };
    const stream = new ReadableStream<Uint8Array>({ pull }, { highWaterMark: 0 });
    const { connection, events, onEvent } = connect([stream]);
    let seenAhead = 0;
    onEvent.listener = () => {
      seenAhead = Math.max(seenAhead, pulls - events.length);
      if (events.length > 50) connection.close();
    };
    await until(() => events.length > 50);
    expect(seenAhead).toBeLessThanOrEqual(2);
  });

  test("an event beyond the parser's limit fails the connection after those before it", async () => {
    const long = "x".repeat(2 ** 20);
    const { connection, events, timers } = connect([
      streamOf(["id: 1\ndata: a\n\nid: 2\ndata:", ...Array<string>(17).fill(long)], "hold"),
    ]);
    await until(() => connection.readyState === 2);
    expect(typesOf(events)).toEqual(["open", "message", "error"]);
    expect(causeOf(events[2])).toMatchObject({
      message: "an event is too large",
      cause: { code: "too-large" },
    });
    expect(timers.running).toBe(0);
  });

  test("nothing that follows an event beyond the limit is dispatched", async () => {
    const { connection, events } = connect([
      streamOf([`data:${"x".repeat(2 ** 24)}\n\ndata: b\n\n`], "hold"),
    ]);
    await until(() => connection.readyState === 2);
    expect(typesOf(events)).toEqual(["open", "error"]);
  });

  test("a stream of comments only goes on for ever", async () => {
    const { connection, events } = connect([
      streamOf(
        Array<string>(40)
          .fill(`:${"x".repeat(2 ** 20)}\n`)
          .concat("data: a\n\n"),
        "hold",
      ),
    ]);
    await until(() => events.length === 2);
    expect(connection.readyState).toBe(1);
    connection.close();
  });
});

describe("a stream that is cut at any byte", () => {
  const events = [
    "id: 1\r\ndata: é\r\n\r\n",
    "id: 2\ndata: €\ndata: b\n\n",
    "id: 3\n\n",
    "\ufeff: c\rid: 4\rdata: 😀\r\r",
    "id: 5\nevent: message\ndata\n\n",
  ];
  const all = new TextEncoder().encode(events.join(""));
  const data = ["é", "€\nb", "😀", ""];

  /** A server that goes on after the id that the client shows. */
  function serve(lastEventId: string, cut: number | undefined, step: number): Stream {
    const done = events.findIndex((event) => new RegExp(`id: ${lastEventId}[\\r\\n]`).test(event)) + 1;
    const rest = new TextEncoder().encode(events.slice(done).join(""));
    const bytes = rest.subarray(0, cut);
    let at = 0;
    return new ReadableStream({
      pull(controller) {
        at += step;
        if (at - step < bytes.length) controller.enqueue(bytes.slice(at - step, at));
        else if (cut === undefined) return new Promise<void>(() => {});
        else controller.error(new TypeError("cut"));
      },
    });
  }

  async function received(cuts: number[], step: number): Promise<unknown[]> {
    const timers = new ManualTimers();
    const seen: Event[] = [];
    const connection = new Connection({
      source: {
        reopens: true,
        open: async (lastEventId) => ({
          chunks: serve(lastEventId, cuts.shift(), step).getReader(),
          origin: "",
        }),
      },
      timers,
      dispatch: (event) => seen.push(event),
    });
    await until(() => {
      timers.fire();
      return dataOf(seen).length >= data.length;
    });
    await quiet();
    connection.close();
    return dataOf(seen);
  }

  test("gives every event once, whichever byte it is", async () => {
    for (let cut = 0; cut <= all.length; cut++) expect(await received([cut], all.length)).toEqual(data);
  });

  test("gives every event once, wherever it is cut again and again, in chunks of any size", async () => {
    const cuts = fc.array(fc.nat(all.length), { maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(cuts, fc.integer({ min: 1, max: 7 }), async (at, step) => {
        expect(await received([...at], step)).toEqual(data);
      }),
      { numRuns: 50 },
    );
  });
});
