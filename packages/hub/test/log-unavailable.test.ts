import { SseError } from "@sse/core";
import { beforeEach, describe, expect, test } from "vitest";
import type { EventLog, LogFollower } from "../src/log/event-log.js";
import { createMemoryLog } from "../src/log/memory-log.js";
import type { HubOptions } from "../src/options.js";
import { ManualClock, settle } from "./support/clock.js";
import { recordHooks, testHub } from "./support/hub.js";

/** A log behind a link that can break, or never answer. */
class FarLog {
  link: "up" | "down" | "silent" = "up";
  heads = 0;
  #log: EventLog;
  #follower: LogFollower | undefined;

  constructor() {
    this.#log = createMemoryLog();
  }

  get asLog(): EventLog {
    const log = this.#log;
    return {
      append: (...args) => this.#over(() => log.append(...args)),
      read: (...args) => this.#over(() => log.read(...args)),
      follow: (follower) => {
        this.#follower = follower;
        return log.follow(follower);
      },
      head: () => {
        this.heads += 1;
        return this.#over(() => log.head());
      },
      compare: (a, b) => log.compare(a, b),
      close: () => log.close(),
    };
  }

  /** The link breaks, and the follower is told. */
  breakLink(): void {
    this.link = "down";
    this.#follower?.error(new Error("the link to the log broke"));
  }

  /** The log reports an entry that cannot be read. The link is up. */
  reportEntry(): void {
    this.#follower?.error(new SseError("invalid-event", "a message is no entry"));
  }

  /** The log says that it has got so far, and that nothing there was for this follower. */
  async pass(): Promise<void> {
    this.#follower?.passed(await this.#log.head());
  }

  /** The link is back, and the follower begins again. */
  async mendLink(): Promise<void> {
    this.link = "up";
    this.#follower?.reset(await this.#log.head());
  }

  #over<T>(call: () => Promise<T>): Promise<T> {
    if (this.link === "up") return call();
    if (this.link === "silent") return new Promise(() => {});
    return Promise.reject(new SseError("log-unavailable", "there is no link"));
  }
}

let far: FarLog;

beforeEach(() => {
  far = new FarLog();
});

function setUp(options: HubOptions = {}) {
  const test = testHub({ log: far.asLog, heartbeat: { interval: 0 }, ...options });
  return { ...test, hooks: recordHooks(test.hub) };
}

describe("while the log cannot be reached", () => {
  test("those who are connected stay, and new ones are accepted, kept open and served once it is back", async () => {
    const { join, tick, clock, hub } = setUp({
      heartbeat: { interval: 15_000 },
      window: { maxEvents: 1 },
    });
    const id = await hub.broadcast({ data: "before" });
    for (let i = 0; i < 5; i += 1) await hub.broadcast({ data: "between" });
    const early = join();
    far.breakLink();
    const late = join(undefined, { lastEventId: id });
    await clock.pass(45_000);
    await tick();
    expect([early.connection.state, late.connection.state]).toEqual(["live", "catching-up"]);
    expect(late.sink.text.match(/^:/gm)).toHaveLength(3);
    await far.mendLink();
    await clock.pass(5_000);
    expect(late.connection.state).toBe("live");
    expect(late.data).toHaveLength(5);
    await hub.broadcast({ data: "after" });
    await tick();
    expect([early.data.at(-1), late.data.at(-1)]).toEqual(["after", "after"]);
    expect(far.heads).toBe(0);
  });

  test("new ones are refused softly if so configured, with the reason", async () => {
    const { join, hub, hooks, clock } = setUp({ whenLogUnavailable: "refuse" });
    const refused: unknown[] = [];
    hub.on("refused", (payload) => refused.push(payload));
    const early = join();
    far.breakLink();
    const late = join({ user: "ann" });
    expect(late.said("sse:refused")).toMatchObject([{ data: '{"reason":"log-unavailable"}' }]);
    expect(late.sink.ending).toBe("closed");
    expect(early.connection.state).toBe("live");
    expect(refused).toEqual([{ user: "ann", reason: "log-unavailable" }]);
    expect(hooks["error"]).toHaveLength(1);
    await far.mendLink();
    expect(join().connection.state).toBe("live");
    expect(clock.timers).toBe(0);
  });

  test("new ones are refused with a status if so configured", () => {
    const { join } = setUp({ whenLogUnavailable: "refuse", limits: { refusal: "status" } });
    far.breakLink();
    expect(() => join()).toThrow(expect.objectContaining({ code: "refused", status: 503 }));
  });
});

describe("a hub that refuses without its log", () => {
  const options = { whenLogUnavailable: "refuse" } as const;

  test("learns from a publish and from a read that the log is down", async () => {
    const { hub, join, clock } = setUp(options);
    const id = await hub.broadcast({ data: "x" });
    far.link = "down";
    const rejected = expect(hub.broadcast({ data: "y" })).rejects.toMatchObject({ code: "log-unavailable" });
    await clock.pass(1_550);
    await rejected;
    expect(join().said("sse:refused")).toHaveLength(1);
    far.link = "up";
    await clock.pass(1_000);
    far.link = "down";
    join(undefined, { lastEventId: `${id}9` });
    await settle();
    expect(join().said("sse:refused")).toHaveLength(1);
  });

  test("does not take a bad publish for a log that is down", async () => {
    const { hub, join } = setUp(options);
    await hub.broadcast({ data: "x" }, { idempotencyKey: "k" });
    await expect(hub.broadcast({ data: "y" }, { idempotencyKey: "k" })).rejects.toMatchObject({
      code: "idempotency-conflict",
    });
    expect(join().connection.state).toBe("live");
  });

  test("asks for the head every second until there is one", async () => {
    const { join, clock } = setUp(options);
    far.breakLink();
    await clock.pass(10_000);
    expect(far.heads).toBe(10);
    expect(join().said("sse:refused")).toHaveLength(1);
    far.link = "up";
    await clock.pass(1_000);
    expect(join().connection.state).toBe("live");
    await clock.pass(60_000);
    expect(far.heads).toBe(11);
    expect(clock.timers).toBe(0);
  });

  test("asks once at a time, also where no answer comes and the trouble is told again", async () => {
    const { join, clock, hub } = setUp(options);
    far.breakLink();
    far.link = "silent";
    await clock.pass(5_000);
    far.breakLink();
    far.link = "silent";
    await clock.pass(60_000);
    expect(far.heads).toBe(1);
    await far.mendLink();
    expect(join().connection.state).toBe("live");
    await hub.close();
    expect(clock.timers).toBe(0);
  });

  test("takes an event from the log as a sign that it is there", async () => {
    const { join, hub } = setUp(options);
    far.breakLink();
    far.link = "up";
    await hub.broadcast({ data: "x" });
    expect(join().connection.state).toBe("live");
  });

  test("takes what the log has passed as such a sign", async () => {
    const { join } = setUp(options);
    far.breakLink();
    far.link = "up";
    await far.pass();
    expect(join().connection.state).toBe("live");
  });

  test("is not down because a single entry cannot be read", () => {
    const { join } = setUp(options);
    far.reportEntry();
    expect(join().connection.state).toBe("live");
    expect(far.heads).toBe(0);
  });

  test("stops asking when it is closed", async () => {
    const { clock, hub } = setUp(options);
    far.breakLink();
    await clock.pass(500);
    await hub.close();
    await settle();
    expect(clock.timers).toBe(0);
    await clock.pass(10_000);
    expect(far.heads).toBe(0);
  });
});

test("a hub that was closed does not look after its log, also where an answer comes late", async () => {
  const { hub, clock } = setUp({ whenLogUnavailable: "refuse", log: { ...far.asLog, append: () => late } });
  let fail: () => void = () => {};
  const late = new Promise<string>((_, reject) => {
    fail = () => reject(new SseError("log-unavailable", "there was no link"));
  });
  const published = hub.broadcast({ data: "x" }, { timeout: 100 }).catch(({ code }: SseError) => code);
  await clock.pass(100);
  await expect(published).resolves.toBe("append-timeout");
  await hub.close();
  fail();
  await settle();
  expect(clock.timers).toBe(0);
});

describe("a publish that the log does not answer", () => {
  test("is given up after ten seconds, or the time that the hub or the publish is given", async () => {
    far.link = "silent";
    const { hub, clock } = setUp();
    const outcome = (promise: Promise<string>) => promise.catch(({ code }: SseError) => code);
    const usual = outcome(hub.broadcast({ data: "x" }));
    const sooner = outcome(hub.broadcast({ data: "x" }, { timeout: 1_000 }));
    await clock.pass(1_000);
    await expect(sooner).resolves.toBe("append-timeout");
    let pending = true;
    void usual.then(() => {
      pending = false;
    });
    await clock.pass(8_999);
    expect(pending).toBe(true);
    await clock.pass(1);
    await expect(usual).resolves.toBe("append-timeout");
    const hasty = testHub({ log: far.asLog, clock, publishTimeout: 10 });
    hasty.hub.on("error", () => {});
    const soon = outcome(hasty.hub.broadcast({ data: "x" }));
    await clock.pass(10);
    await expect(soon).resolves.toBe("append-timeout");
  });

  test("waits for ever if so configured", async () => {
    far.link = "silent";
    const { hub, clock } = setUp({ publishTimeout: 0 });
    void hub.broadcast({ data: "x" });
    expect(clock.timers).toBe(0);
  });

  test("costs a memory log no timer", () => {
    const clock = new ManualClock();
    const { hub } = testHub({ clock });
    void hub.broadcast({ data: "x" });
    expect(clock.timers).toBe(0);
  });
});
