import { systemClock } from "@sse/hub/log";
import { describe, expect, test } from "vitest";
import type { Link } from "../../src/connection/link.js";
import type { Session } from "../../src/connection/session.js";
import { OrderedConsumer } from "../../src/follow/ordered-consumer.js";

/** A delivery on a server that answers the wish for a consumer in a certain way. */
function setUp(add: () => Promise<unknown>) {
  const open = new Set<string>();
  const session = {
    nc: {
      isClosed: () => false,
      subscribe(subject: string) {
        open.add(subject);
        return { unsubscribe: () => open.delete(subject) };
      },
    },
    jsm: {
      consumers: {
        add,
        delete: async (_stream: string, name: string) => open.delete(name),
      },
    },
  } as unknown as Session;
  const settings = { stream: "s", heartbeat: 1_000, inboxPrefix: "_INBOX", clock: systemClock };
  const link = { settings, session } as unknown as Link;
  return { open, consumer: new OrderedConsumer(link, session, { message() {}, broken() {} }) };
}

describe("a consumer that cannot start leaves nothing behind", () => {
  test("where the server refuses a consumer", async () => {
    const { open, consumer } = setUp(async () => {
      throw new Error("maximum consumers limit reached");
    });
    await expect(consumer.start({ from: 1, headersOnly: true })).rejects.toThrow("maximum consumers");
    expect([...open]).toEqual([]);
  });

  test("where it was ended meanwhile", async () => {
    const { open, consumer } = setUp(async () => {
      open.add("consumer");
      consumer.end();
      return { name: "consumer", num_pending: 0, config: {} };
    });
    await consumer.start({ from: 1, headersOnly: false });
    expect([...open]).toEqual([]);
  });
});
