import { createHub, createMemoryLog } from "@sse/hub";
import { describe, expect, test } from "vitest";
import type { Harness } from "../harness.js";
import { settled } from "../settled.js";

/** More than any kernel buffers for a client that does not read. */
const count = 1500;
const filler = "x".repeat(16_384);

/** The numbers in the data of the events, in the order of arrival. */
function numbers(text: string): number[] {
  return [...text.matchAll(/^data: "?(\d+) /gm)].map(([, number]) => Number(number));
}

const all = Array.from({ length: count }, (_, number) => number);

/** Clients that are slow. */
export function describeBackPressure({ start, requireAbility }: Harness): void {
  describe("a client that does not read", () => {
    test("makes send wait; when it reads on, it gets every event in order", async () => {
      let sent = 0;
      const { get } = await start({
        "/": {
          stream: async (stream) => {
            for (; sent < count; sent++) await stream.send({ data: `${sent} ${filler}` });
          },
        },
      });
      const { body } = await get("/");
      body.pause();
      expect(await settled(() => sent)).toBeLessThan(count);
      body.resume();
      expect(numbers(await body.all())).toEqual(all);
      expect(await body.end).toBe("ended");
    });

    test("is cut off after the stall time-out, and the send that waited answers false", async () => {
      let answer: (sent: boolean) => void = () => {};
      const last = new Promise<boolean>((resolve) => {
        answer = resolve;
      });
      const { get, errors } = await start({
        "/": {
          stream: async (stream) => {
            while (await stream.send({ data: filler }));
            answer(stream.closed);
          },
          options: { stallTimeout: 50 },
        },
      });
      const { body } = await get("/");
      body.pause();
      expect(await last).toBe(true);
      body.resume();
      expect(await body.end).toBe("cut");
      expect(errors).toEqual([]);
    });

    test("does not hold up the closing of its hub: it is cut off after the close time-out", async (context) => {
      requireAbility("cut", context);
      const hub = createHub();
      const { get } = await start({ "/": { hub, options: { closeTimeout: 20 } } });
      const { body } = await get("/");
      await body.until("sse:live");
      body.pause();
      for (const number of all) await hub.broadcast({ data: `${number} ${filler}` });
      await hub.close();
      expect(hub.connectionCount()).toBe(0);
      body.resume();
      expect(await body.end).toBe("cut");
    });

    test("is not buffered for without bound by sends that are not awaited", async () => {
      let answers: Promise<boolean>[] = [];
      let refused: Promise<boolean[]> | undefined;
      const { get } = await start({
        "/": {
          stream: (stream) => {
            answers = Array.from({ length: count }, () => stream.send({ data: filler }));
            refused = Promise.all(answers);
          },
          options: { maxQueuedBytes: 100_000 },
        },
      });
      const attempted = get("/");
      expect(
        await attempted.then(
          ({ body }) => body.end,
          () => "cut",
        ),
      ).toBe("cut");
      const sent = (await refused)?.filter((answer) => answer).length;
      expect(sent).toBeLessThan(20);
    });

    test("gets everything from the hub in order once it reads on, and delays no other client", async () => {
      const log = createMemoryLog({ maxEvents: 10_000, maxEventsPerTopic: 10_000, maxBytes: 1e9 });
      const hub = createHub({ log });
      const { get } = await start({ "/": { hub, subscribe: () => ({ topics: ["news"] }) } });
      const [slow, quick] = [await get("/"), await get("/")];
      await Promise.all([slow.body.until("sse:live"), quick.body.until("sse:live")]);
      slow.body.pause();
      for (const number of all) {
        await hub.publish("news", { data: `${number} ${filler}` });
        if (number % 100 === 0) await quick.body.until(`data: ${number} `);
      }
      await quick.body.until(`data: ${count - 1} `);
      expect(numbers(quick.body.text)).toEqual(all);
      slow.body.resume();
      await slow.body.until(`data: ${count - 1} `);
      expect(numbers(slow.body.text)).toEqual(all);
      await hub.close();
    });
  });
}
