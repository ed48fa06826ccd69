import { describe, expect, test } from "vitest";
import { settle, until } from "../../settle.js";
import { fill, highWaterMark, join, pattern, sameBytes } from "./bytes.js";
import type { SinkHarness } from "./fixture.js";

/** Tests what `write` sends, and what `room` says. */
export function describeWrite({ open, overhead }: SinkHarness): void {
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
      await settle(20);
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

    test("discards what is written after the transport has closed", async () => {
      const { sink, received, end } = await open();
      sink.write(pattern(10));
      sink.close();
      await end;
      await sink.closed;
      sink.write(pattern(20));
      await settle(5);
      expect(sameBytes(received(), pattern(10))).toBe(true);
    });

    test("discards what is written after close", async () => {
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
      expect(before - sink.room).toBeLessThanOrEqual(bytes + overhead);
    });

    test("discards what is written after close", async () => {
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
      expect(weight).toBeLessThanOrEqual(10_000 + overhead);
    });

    test("is above zero again once the client has read everything", async () => {
      const { sink, pause, resume } = await open();
      pause();
      await fill(sink);
      resume();
      await sink.drain();
      await until(() => sink.room === highWaterMark);
    });
  });
}
