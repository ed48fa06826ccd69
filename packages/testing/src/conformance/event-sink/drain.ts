import { describe, expect, test } from "vitest";
import { settle } from "../../settle.js";
import { fill, highWaterMark, join, pattern, sameBytes } from "./bytes.js";
import type { SinkFixture, SinkHarness } from "./fixture.js";

/** Tests when `drain` resolves. */
export function describeDrain({ open, hidesProgress }: SinkHarness): void {
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

    test("does not resolve while the client reads nothing, also not the second time", async () => {
      const { sink, pause, resume } = await open();
      for (let round = 0; round < 2; round++) {
        pause();
        await fill(sink);
        let drained = false;
        const waiting = sink.drain().then(() => {
          drained = true;
        });
        await settle(50);
        expect(drained).toBe(false);
        resume();
        await waiting;
      }
    });

    test("shows that a client reads one large array", async (context) => {
      if (hidesProgress !== undefined) context.skip(hidesProgress);
      const { sink, pause, resume, received, end } = await open();
      pause();
      const arrays = [pattern(10), pattern(16_000_000), pattern(20)];
      for (const bytes of arrays) sink.write(bytes);
      sink.close();
      const { room } = sink;
      resume();
      let isShown = false;
      while (sink.room <= 0) {
        isShown ||= sink.room > room;
        await settle(1);
      }
      expect(isShown).toBe(true);
      expect(await end).toBe("ended");
      expect(sameBytes(received(), join(arrays))).toBe(true);
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
}
