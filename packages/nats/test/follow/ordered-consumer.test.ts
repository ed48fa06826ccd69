import { describe, expect, test } from "vitest";
import type { Link, Session } from "../../src/connection/link.js";
import { Delivery } from "../../src/follow/ordered-consumer.js";

/** A delivery on a server that answers the wish for a consumer in a certain way. */
function setUp(add: () => Promise<unknown>) {
  const open = new Set<string>();
  const session = {
    nc: {
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
  const settings = { stream: "s", heartbeat: 1_000, inboxPrefix: "_INBOX" };
  const link = { settings, session } as unknown as Link;
  return { open, delivery: new Delivery(link, session, { message() {}, broken() {} }) };
}

describe("a delivery that cannot begin leaves nothing behind", () => {
  test("where the server refuses a consumer", async () => {
    const { open, delivery } = setUp(async () => {
      throw new Error("maximum consumers limit reached");
    });
    await expect(delivery.begin({ from: 1, headersOnly: true })).rejects.toThrow("maximum consumers");
    expect([...open]).toEqual([]);
  });

  test("where it was ended meanwhile", async () => {
    const { open, delivery } = setUp(async () => {
      open.add("consumer");
      delivery.end();
      return { name: "consumer", num_pending: 0, config: {} };
    });
    await delivery.begin({ from: 1, headersOnly: false });
    expect([...open]).toEqual([]);
  });
});
