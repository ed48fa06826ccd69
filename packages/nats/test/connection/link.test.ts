import type { NatsConnection } from "@nats-io/nats-core";
import { withTimeout } from "@sse/core/internal";
import { systemClock } from "@sse/hub/log";
import { expect, test, vi } from "vitest";
import { Link } from "../../src/connection/link.js";
import type { openSession, Session } from "../../src/connection/session.js";
import { Tail } from "../../src/follow/tail.js";
import { settingsOf } from "../../src/options.js";
import { subjectsOf } from "../../src/subjects.js";

const open = vi.hoisted(() => ({ session: (async () => {}) as unknown as typeof openSession }));
vi.mock("../../src/connection/session.js", () => ({
  openSession: ((...args) => open.session(...args)) satisfies typeof openSession,
}));

/** A connection whose status a test changes, and the subscriptions on it. */
class FakeConnection {
  readonly subscriptions = new Set<string>();
  #report: (type: string) => void = () => {};

  isClosed(): boolean {
    return false;
  }

  async *status() {
    for (;;)
      yield {
        type: await new Promise<string>((resolve) => {
          this.#report = resolve;
        }),
      };
  }

  change(type: string): void {
    this.#report(type);
  }

  subscribe(subject: string) {
    this.subscriptions.add(subject);
    return { unsubscribe: () => this.subscriptions.delete(subject) };
  }
}

const microtasks = 12;

test("a read that waits for a tail that is closed is rejected at once", async () => {
  const nc = new FakeConnection() as unknown as NatsConnection;
  open.session = (_nc, { lifetime }) => lifetime.during(new Promise(() => {}));
  const settings = settingsOf({ connection: nc, stream: "s", clock: systemClock } as never);
  const link = new Link({ connection: nc, readConnection: nc }, settings, subjectsOf("s"));
  const tail = new Tail(link);
  tail.close();
  await expect(tail.through("e", 1)).rejects.toMatchObject({ code: "closed" });
  await link.close();
});

test.each(Array.from({ length: microtasks }, (_, count) => count))(
  "a session that is lost %i turns before it is opened is not opened",
  async (turns) => {
    const connection = new FakeConnection();
    const nc = connection as unknown as NatsConnection;
    let attempts = 0;
    open.session = (_nc, { lifetime, settings }) => {
      attempts += 1;
      const never = new Promise<never>(() => {});
      const session = {
        nc,
        epoch: "e",
        lifetime,
        info: { config: { name: "s" }, state: { last_seq: 0 } },
        store: { read: () => never },
      } as unknown as Session;
      const verify = async () => {
        await new Promise((resolve) => setImmediate(resolve));
        connection.change("disconnect");
        for (let turn = 0; turn < turns; turn += 1) await undefined;
        return session;
      };
      const bounds = { milliseconds: 1_000, timers: settings.clock, onTimeout: () => new Error("late") };
      return withTimeout(attempts === 1 ? verify() : never, { ...bounds, signal: lifetime.signal });
    };
    const settings = settingsOf({
      connection: nc,
      stream: "s",
      clock: systemClock,
      retryDelay: 60_000,
    } as never);
    const link = new Link({ connection: nc, readConnection: nc }, settings, subjectsOf("s"));
    const reported: string[] = [];
    link.watch({
      up: ({ lifetime }) => reported.push(lifetime.signal.aborted ? "lost" : "up"),
      down: () => reported.push("down"),
    });
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(reported.filter((change) => change === "lost")).toEqual([]);
    expect(reported.at(-1)).toBe("down");
    expect(link.session).toBeUndefined();
    expect(connection.subscriptions.size).toBe(0);
    await link.close();
  },
);
