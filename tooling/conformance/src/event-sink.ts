import type { EventSink } from "@sse/core";
import { afterEach, describe, expect, test } from "vitest";
import { turns, until } from "./turns.js";

/** One sink, and the client at the other end of its transport. */
export interface SinkFixture {
  readonly sink: EventSink;
  /** All that the client has received of the body so far. */
  received(): Uint8Array;
  /**
   * Resolves once the client has received the head, or rejects when the transport closes before
   * that.
   */
  readonly head: Promise<void>;
  /**
   * Resolves once the client sees the end: `ended` when the response was complete, `cut` when it
   * was not.
   */
  readonly end: Promise<"ended" | "cut">;
  /** The client takes no more bytes until {@link resume}. */
  pause(): void;
  resume(): void;
  /** The client goes away without a word. */
  leave(): void;
  /** Releases whatever the fixture holds. */
  dispose(): Promise<void>;
}

/** Settings of a fixture's sink. */
export interface SinkSettings {
  highWaterMark: number;
  closeTimeout: number;
}

/** An implementation of {@link EventSink} under test. */
export interface SinkSubject {
  name: string;
  open(settings: SinkSettings): Promise<SinkFixture>;
  /**
   * Bytes that one written array may cost in {@link EventSink.room} beyond its own length: framing
   * and the head. Default 1024.
   */
  overhead?: number;
}

const highWaterMark = 65_536;
const long = 3_600_000;

/**
 * The contract of {@link EventSink}, one test for each sentence. An author of a sink runs it
 * from a vitest file.
 */
export function describeEventSink(subject: SinkSubject): void {
  const fixtures: SinkFixture[] = [];

  async function open(settings: Partial<SinkSettings> = {}): Promise<SinkFixture> {
    const fixture = await subject.open({ highWaterMark, closeTimeout: long, ...settings });
    fixtures.push(fixture);
    return fixture;
  }

  afterEach(async () => {
    for (const fixture of fixtures.splice(0)) await fixture.dispose();
  });

  // A busy machine is no failure.
  describe(`the EventSink of ${subject.name}`, () => {
    describe("write", () => {
      test("sends arrays whole and in the order of the calls", async () => {
        const { sink, received, end } = await open();
        const arrays = [1, 700, 0, 16_384, 3, 40_000].map(pattern);
        for (const bytes of arrays) sink.write(bytes);
        sink.close();
        expect(await end).toBe("ended");
        expect(sameBytes(received(), join(arrays))).toBe(true);
      });

      test("sends the head with the first bytes, not before and not later", async () => {
        const { sink, head } = await open();
        let seen = false;
        void head.then(() => {
          seen = true;
        });
        await turns(20);
        expect(seen).toBe(false);
        sink.write(pattern(1));
        await head;
      });

      test("does not wait when the sink is full", async () => {
        const { sink, pause, resume, received, end } = await open();
        pause();
        const written = await fill(sink);
        const more = pattern(100_000);
        sink.write(more);
        sink.write(more);
        expect(sink.room).toBeLessThanOrEqual(-200_000);
        resume();
        sink.close();
        expect(await end).toBe("ended");
        expect(sameBytes(received(), join([...written, more, more]))).toBe(true);
      });

      test("leaves the array as it was, also when many sinks get it", async () => {
        const bytes = pattern(5000);
        const copy = bytes.slice();
        const [one, other] = [await open(), await open()];
        for (const { sink } of [one, other, one]) sink.write(bytes);
        one.sink.close();
        other.sink.close();
        expect(await Promise.all([one.end, other.end])).toEqual(["ended", "ended"]);
        expect(bytes).toEqual(copy);
        expect(sameBytes(one.received(), join([copy, copy]))).toBe(true);
        expect(sameBytes(other.received(), copy)).toBe(true);
      });

      test("discards what comes after the transport has closed", async () => {
        const { sink, received, end } = await open();
        sink.write(pattern(10));
        sink.close();
        await end;
        await sink.closed;
        sink.write(pattern(20));
        await turns(5);
        expect(sameBytes(received(), pattern(10))).toBe(true);
      });

      test("discards what comes after close", async () => {
        const { sink, received, end } = await open();
        sink.write(pattern(10));
        sink.close();
        sink.write(pattern(20));
        expect(await end).toBe("ended");
        expect(sameBytes(received(), pattern(10))).toBe(true);
      });
    });

    describe("writeText, where the sink has it,", () => {
      const texts = ["data: a\n\n", "", "data: é漢🎉\n\n", `data: ${"x".repeat(40_000)}\n\n`, "\ud83c\n"];

      test("sends strings as UTF-8, in one order with arrays, from the first write on", async () => {
        const { sink, received, end } = await open();
        for (const text of texts) {
          sink.writeText?.(text);
          sink.write(pattern(10));
        }
        sink.close();
        expect(await end).toBe("ended");
        const strings = texts.map((text) => (sink.writeText ? Buffer.from(text) : Buffer.alloc(0)));
        expect(sameBytes(received(), join(strings.flatMap((bytes) => [bytes, pattern(10)])))).toBe(true);
      });

      test.each(["x", "é"])("counts a string of %s that waits by its bytes", async (character) => {
        const { sink, pause } = await open();
        pause();
        await fill(sink);
        if (sink.writeText === undefined) return;
        const before = sink.room;
        sink.writeText(character.repeat(10_000));
        const bytes = Buffer.byteLength(character) * 10_000;
        expect(before - sink.room).toBeGreaterThanOrEqual(bytes);
        expect(before - sink.room).toBeLessThanOrEqual(bytes + (subject.overhead ?? 2048));
      });

      test("discards what comes after close", async () => {
        const { sink, received, end } = await open();
        sink.write(pattern(10));
        sink.close();
        sink.writeText?.("late");
        expect(await end).toBe("ended");
        expect(sameBytes(received(), pattern(10))).toBe(true);
      });
    });

    describe("room", () => {
      test("is the high-water mark while nothing is queued", async () => {
        const { sink } = await open({ highWaterMark: 12_345 });
        expect(sink.room).toBe(12_345);
      });

      test("is the mark less what is queued, and zero or less when that is as much", async () => {
        const { sink, pause } = await open();
        pause();
        await fill(sink);
        expect(sink.room).toBeLessThanOrEqual(0);
        const before = sink.room;
        sink.write(pattern(10_000));
        const weight = before - sink.room;
        expect(weight).toBeGreaterThanOrEqual(10_000);
        expect(weight).toBeLessThanOrEqual(10_000 + (subject.overhead ?? 2048));
      });

      test("is above zero again once the client has taken everything", async () => {
        const { sink, pause, resume } = await open();
        pause();
        await fill(sink);
        resume();
        await sink.drain();
        await until(() => sink.room === highWaterMark);
      });
    });

    describe("drain", () => {
      test("resolves at once while there is room", async () => {
        const { sink } = await open();
        await sink.drain();
        sink.write(pattern(10));
        await sink.drain();
      });

      test.each([1024, highWaterMark, 1_000_000])(
        "with a mark of %i, resolves when there is room again",
        async (mark) => {
          const { sink, pause, resume } = await open({ highWaterMark: mark });
          pause();
          await fill(sink);
          resume();
          await sink.drain();
          expect(sink.room).toBeGreaterThan(0);
        },
      );

      test("resolves for everyone who waits", async () => {
        const { sink, pause, resume } = await open();
        pause();
        await fill(sink);
        const waiting = [sink.drain(), sink.drain()];
        resume();
        await Promise.all(waiting);
      });

      test("resolves time and again, with everything in order", async () => {
        const { sink, received, end } = await open({ highWaterMark: 2000 });
        const bytes = pattern(3001);
        for (let round = 0; round < 200; round++) {
          await sink.drain();
          sink.write(bytes);
        }
        sink.close();
        expect(await end).toBe("ended");
        expect(sameBytes(received(), join(Array.from({ length: 200 }, () => bytes)))).toBe(true);
      });

      test("does not resolve while the client takes nothing, also not the second time", async () => {
        const { sink, pause, resume } = await open();
        for (let round = 0; round < 2; round++) {
          pause();
          await fill(sink);
          let drained = false;
          const waiting = sink.drain().then(() => {
            drained = true;
          });
          await turns(50);
          expect(drained).toBe(false);
          resume();
          await waiting;
        }
      });

      test.each([
        ["the client leaves", ({ leave }: SinkFixture) => leave()],
        ["the sink is destroyed", ({ sink }: SinkFixture) => sink.destroy()],
      ])("resolves when %s", async (_what, act) => {
        const fixture = await open();
        fixture.pause();
        await fill(fixture.sink);
        const drained = fixture.sink.drain();
        act(fixture);
        await drained;
      });

      test("resolves at once after the transport has closed, however full it was", async () => {
        const { sink, pause } = await open();
        pause();
        await fill(sink);
        sink.destroy();
        await sink.closed;
        await sink.drain();
      });
    });

    describe("close", () => {
      test("lets what was written leave, and ends the response as complete", async () => {
        const { sink, pause, resume, received, end } = await open();
        pause();
        const written = await fill(sink);
        sink.close();
        resume();
        expect(await end).toBe("ended");
        expect(sameBytes(received(), join(written))).toBe(true);
        await sink.closed;
      });

      test("sends the head when nothing was written", async () => {
        const { sink, head, end, received } = await open();
        sink.close();
        await head;
        expect(await end).toBe("ended");
        expect(received()).toHaveLength(0);
      });

      test("destroys a transport that does not take it within the deadline", async () => {
        const { sink, pause, resume, end } = await open({ closeTimeout: 20 });
        pause();
        await fill(sink);
        sink.close();
        await sink.closed;
        resume();
        expect(await end).toBe("cut");
      });

      test("does nothing the second time", async () => {
        const { sink, end, received } = await open();
        sink.write(pattern(10));
        sink.close();
        sink.close();
        expect(await end).toBe("ended");
        await sink.closed;
        sink.close();
        expect(received()).toHaveLength(10);
      });
    });

    describe("destroy", () => {
      test("closes a stalled transport at once and drops what is queued", async () => {
        const { sink, pause, resume, received, end } = await open();
        pause();
        const written = await fill(sink);
        sink.destroy();
        await sink.closed;
        resume();
        expect(await end).toBe("cut");
        expect(received().length).toBeLessThan(join(written).length);
      });

      test("cuts a transport that is closing", async () => {
        const { sink, pause, resume, end } = await open();
        pause();
        await fill(sink);
        sink.close();
        sink.destroy();
        await sink.closed;
        resume();
        expect(await end).toBe("cut");
      });

      test("works before the first byte, and does nothing the second time", async () => {
        const { sink, end } = await open();
        sink.destroy();
        sink.destroy();
        await sink.closed;
        expect(await end).toBe("cut");
        sink.destroy();
      });
    });

    describe("closed", () => {
      test.each([
        ["the client leaves before the first byte", false],
        ["the client leaves after the first byte", true],
      ])("resolves when %s", async (_what, begun) => {
        const { sink, head, leave } = await open();
        if (begun) {
          sink.write(pattern(10));
          await head;
        }
        leave();
        await sink.closed;
      });

      test("does not resolve while the transport is open", async () => {
        const { sink, head } = await open();
        let closed = false;
        void sink.closed.then(() => {
          closed = true;
        });
        sink.write(pattern(10));
        await head;
        await turns(20);
        expect(closed).toBe(false);
      });
    });

    test("no method throws, in whatever state", async () => {
      const states: ((fixture: SinkFixture) => Promise<void> | void)[] = [
        () => {},
        ({ sink }) => sink.close(),
        ({ sink }) => sink.destroy(),
        async ({ sink, leave }) => {
          leave();
          await sink.closed;
        },
        async ({ sink, end }) => {
          sink.close();
          await end;
          await sink.closed;
        },
      ];
      for (const enter of states) {
        const fixture = await open();
        await enter(fixture);
        const { sink } = fixture;
        expect(() => sink.write(pattern(10))).not.toThrow();
        expect(() => sink.close()).not.toThrow();
        expect(() => sink.write(pattern(10))).not.toThrow();
        expect(Number.isFinite(sink.room)).toBe(true);
        await sink.drain();
        expect(() => sink.destroy()).not.toThrow();
        await sink.closed;
      }
    });
  });
}

/** Bytes in which a lost, repeated or swapped piece shows. */
function pattern(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => (index * 31 + (index >> 8) + length) & 0xff);
}

function join(arrays: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat(arrays);
}

/** `toEqual` prints megabytes when it fails. */
function sameBytes(one: Uint8Array, other: Uint8Array): boolean {
  return Buffer.compare(one, other) === 0;
}

/**
 * Writes until the sink is full and stays so: until the kernel, too, has taken all that it takes.
 * Returns what was written.
 */
async function fill(sink: EventSink): Promise<Uint8Array[]> {
  const chunk = pattern(16_384);
  const written: Uint8Array[] = [];
  do {
    while (sink.room > 0) {
      sink.write(chunk);
      written.push(chunk);
      await turns(1);
    }
    await turns(20);
  } while (sink.room > 0);
  return written;
}
