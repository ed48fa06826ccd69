import type { HubBus } from "@sse/hub";
import { afterEach, describe, expect, test } from "vitest";
import { until } from "../settle.js";

/** A bus under test, alone on its engine. */
export interface HubBusFixture {
  readonly bus: HubBus;
  /** Opens one more bus object on the same engine, as another process would. */
  another(): Promise<HubBus> | HubBus;
  /**
   * Severs the link to the engine and mends it. In between nothing can be sent. Absent where there
   * is no link: its cases are then skipped, with that reason.
   */
  readonly link?: { sever(): Promise<void> | void; mend(): Promise<void> | void };
  /** Releases whatever the fixture holds. */
  dispose?(): Promise<void>;
}

/**
 * Tests the contract of {@link HubBus}, one test or more for each sentence. Nothing is assumed
 * about durations.
 */
export function describeHubBus(name: string, create: () => HubBusFixture | Promise<HubBusFixture>): void {
  const fixtures: Pick<HubBusFixture, "bus" | "dispose">[] = [];

  async function open(): Promise<HubBusFixture & { other: HubBus }> {
    const fixture = await create();
    fixtures.push(fixture);
    const other = await fixture.another();
    fixtures.unshift({ bus: other });
    return { ...fixture, other };
  }

  afterEach(async () => {
    for (const { bus, dispose } of fixtures.splice(0)) {
      await bus.close();
      await dispose?.();
    }
  });

  describe(`the HubBus of ${name}`, () => {
    test("carries a message to every listener, of this object and of another", async () => {
      const { bus, other } = await open();
      const near = await listen(bus);
      const [far, second] = [await listen(other), await listen(other)];
      await other.send("hello");
      for (const listener of [near, far, second]) await listener.has("hello");
      await bus.send("and back");
      for (const listener of [near, far, second]) await listener.has("and back");
    });

    test("delivers each message of one sender at most once, in the order in which they were sent", async () => {
      const { bus, other } = await open();
      const listener = await listen(other);
      const sent = Array.from({ length: 200 }, (_, i) => String(i));
      await Promise.all(sent.map((message) => bus.send(message)));
      await listener.has("199");
      expect(listener.messages).toEqual(sent);
    });

    test("keeps the order of each sender where there are several", async () => {
      const { bus, other } = await open();
      const listener = await listen(bus);
      const numbers = Array.from({ length: 50 }, (_, i) => i);
      await Promise.all(numbers.flatMap((i) => [bus.send(`a${i}`), other.send(`b${i}`)]));
      await listener.has("a49");
      await listener.has("b49");
      for (const sender of ["a", "b"]) {
        const own = listener.messages.filter((message) => message.startsWith(sender));
        expect(own).toEqual(numbers.map((i) => `${sender}${i}`));
      }
    });

    test.each([
      ["empty", ""],
      ["with lines, quotes and NUL", 'a\nb\r\nc\rd\0e"f\\'],
      ["of all kinds of letters", "äé漢字🎉"],
      ["of 524,288 bytes", "0123456789abcdef".repeat(32_768)],
    ])("delivers a message unchanged: %s", async (_what, message) => {
      const { bus, other } = await open();
      const listener = await listen(other);
      await bus.send(message);
      await bus.send("last");
      await listener.has("last");
      expect(listener.messages).toEqual([message, "last"]);
    });

    test("sends where no listener is", async () => {
      const { bus } = await open();
      await expect(bus.send("to no listener")).resolves.toBeUndefined();
    });

    test("delivers nothing that was sent before it listened", async () => {
      const { bus, other } = await open();
      await bus.send("before");
      const listener = await listen(other);
      await bus.send("after");
      await listener.has("after");
      expect(listener.messages).toEqual(["after"]);
    });

    test("resets each listener once, before its first message", async () => {
      const { bus } = await open();
      const first = await listen(bus);
      const second = await listen(bus);
      await bus.send("a");
      await first.has("a");
      await second.has("a");
      expect(first.calls).toEqual(["reset", "message"]);
      expect(second.calls).toEqual(["reset", "message"]);
    });

    test("delivers everything that is sent once listening has begun", async () => {
      const { bus, other } = await open();
      const messages: string[] = [];
      bus.listen({
        reset: () => void other.send("at once"),
        message: (message) => messages.push(message),
        error: () => {},
      });
      await until(() => messages.length > 0);
      expect(messages).toEqual(["at once"]);
    });

    test("calls nothing after it was stopped, and continues for others", async () => {
      const { bus, other } = await open();
      const [stopped, staying] = [await listen(bus), await listen(bus)];
      stopped.stop();
      stopped.stop();
      await other.send("a");
      await staying.has("a");
      expect(stopped.calls).toEqual(["reset"]);
    });

    test("can be listened to again after the last listener stopped", async () => {
      const { bus, other } = await open();
      (await listen(bus)).stop();
      const again = await listen(bus);
      await other.send("a");
      await again.has("a");
      expect(again.calls).toEqual(["reset", "message"]);
    });

    describe("without a link", () => {
      async function severed(context: { skip(note: string): void }) {
        const fixture = await open();
        if (fixture.link === undefined) context.skip("there is no link to sever");
        const listener = await listen(fixture.bus);
        await fixture.link!.sever();
        return { ...fixture, link: fixture.link!, listener };
      }

      test("rejects what is sent, and keeps nothing of it for later", async (context) => {
        const { bus, other, link, listener } = await severed(context);
        await refused(bus);
        await link.mend();
        await until(() => listener.calls.filter((call) => call === "reset").length > 1);
        await sent(other, "after");
        await listener.has("after");
        expect(listener.messages.filter((message) => message === lost)).toEqual([]);
      });

      test("reports the error to listeners", async (context) => {
        const { listener } = await severed(context);
        await until(() => listener.calls.includes("error"));
        expect(listener.calls.slice(0, 2)).toEqual(["reset", "error"]);
      });

      test("resets listeners before the first message after the break", async (context) => {
        const { other, link, listener } = await severed(context);
        await until(() => listener.calls.includes("error"));
        await link.mend();
        await until(() => listener.calls.filter((call) => call === "reset").length > 1);
        await sent(other, "after");
        await listener.has("after");
        expect(listener.calls.filter((call) => call !== "error").slice(0, 3)).toEqual([
          "reset",
          "reset",
          "message",
        ]);
      });

      test("closes", async (context) => {
        const { bus } = await severed(context);
        await expect(bus.close()).resolves.toBeUndefined();
      });
    });

    describe("close", () => {
      test("makes send reject and listen throw", async () => {
        const { bus } = await open();
        await bus.close();
        await expect(bus.send("a")).rejects.toMatchObject({ code: "closed" });
        expect(() => bus.listen({ reset() {}, message() {}, error() {} })).toThrow(
          expect.objectContaining({ code: "closed" }),
        );
      });

      test("stops listening, and leaves other objects alone", async () => {
        const { bus, other } = await open();
        const [near, far] = [await listen(bus), await listen(other)];
        await bus.close();
        await other.send("a");
        await far.has("a");
        expect(near.calls).toEqual(["reset"]);
      });

      test("does nothing when it is called again", async () => {
        const { bus } = await open();
        await bus.close();
        await expect(bus.close()).resolves.toBeUndefined();
      });
    });
  });
}

const lost = "sent without a link";

/** Sends until a send is refused: a bus may need a moment to notice that its link is gone. */
async function refused(bus: HubBus): Promise<void> {
  for (;;) {
    const answer = await bus.send(lost).then(
      () => undefined,
      (error: unknown) => error,
    );
    if (answer === undefined) continue;
    expect(answer).toMatchObject({ code: "log-unavailable" });
    return;
  }
}

/** Sends until it is accepted: the link may still be recovering. */
async function sent(bus: HubBus, message: string): Promise<void> {
  while (
    !(await bus.send(message).then(
      () => true,
      () => false,
    ))
  );
}

/** A listener that records what it receives. */
interface RecordingListener {
  readonly messages: string[];
  readonly calls: string[];
  /** Resolves once the message has been received. */
  has(message: string): Promise<void>;
  stop(): void;
}

/** Listens, from the moment at which the bus has said that listening begins. */
async function listen(bus: HubBus): Promise<RecordingListener> {
  const messages: string[] = [];
  const calls: string[] = [];
  const stop = bus.listen({
    reset: () => calls.push("reset"),
    message: (message) => {
      messages.push(message);
      calls.push("message");
    },
    error: () => calls.push("error"),
  });
  await until(() => calls.includes("reset"));
  return { messages, calls, stop, has: (message) => until(() => messages.includes(message)) };
}
