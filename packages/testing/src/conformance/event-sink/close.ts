import { describe, expect, test } from "vitest";
import { settle } from "../../settle.js";
import { fill, join, pattern, sameBytes } from "./bytes.js";
import type { SinkFixture, SinkHarness } from "./fixture.js";

/** Tests how a sink ends. */
export function describeClose({ open }: SinkHarness): void {
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

    test("destroys a transport that does not accept it within the deadline", async () => {
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
      await settle(20);
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
}
