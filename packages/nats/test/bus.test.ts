import { expect, test } from "vitest";
import { NatsBus } from "../src/bus.js";
import type { Link } from "../src/connection/link.js";
import type { Session } from "../src/connection/session.js";
import type { LinkWatcher } from "../src/connection/watchers.js";

const turns = () => new Promise((resolve) => setImmediate(resolve));

/** A link with one session. */
function linkOn(session: Session): Link {
  return {
    session,
    settings: { commandTimeout: 1_000, clock: { setTimeout: () => 0, clearTimeout() {} } },
    subjects: { bus: "bus" },
    assertOpen() {},
    watch(watcher: LinkWatcher) {
      watcher.up(session);
      return () => {};
    },
  } as unknown as Link;
}

test("a listener that stops and listens again has started once its new subscription is confirmed", async () => {
  const flushes: (() => void)[] = [];
  const nc = {
    subscribe: () => ({ unsubscribe() {} }),
    flush: () => new Promise<void>((resolve) => flushes.push(resolve)),
  };
  const bus = new NatsBus(linkOn({ nc } as unknown as Session));
  let resets = 0;
  const listener = {
    reset() {
      resets += 1;
    },
    message() {},
    error() {},
  };
  bus.listen(listener)();
  bus.listen(listener);
  flushes[0]!();
  await turns();
  expect(resets).toBe(0);
  flushes[1]!();
  await turns();
  expect(resets).toBe(1);
  await bus.close();
});

test("a listener that stops when it is reset receives no message", async () => {
  let deliver = (): void => {};
  const nc = {
    subscribe(_subject: string, options: { callback(error: null, message: object): void }) {
      deliver = () => options.callback(null, { string: () => "x" });
      return { unsubscribe() {} };
    },
    flush: async () => {},
  };
  const bus = new NatsBus(linkOn({ nc } as unknown as Session));
  const messages: string[] = [];
  const stop = bus.listen({ reset: () => stop(), message: (text) => messages.push(text), error() {} });
  await turns();
  deliver();
  expect(messages).toEqual([]);
  await bus.close();
});
