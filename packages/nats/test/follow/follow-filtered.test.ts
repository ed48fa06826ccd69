import { jetstreamManager } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import { CuttableLink, Engine, isInstalled, natsServer } from "@sse/engines";
import { type Channel, everyone, topicChannel } from "@sse/hub/log";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { NatsLog } from "../../src/index.js";
import { entry, follow, freshStream, logOn, readAll, until } from "../support.js";

const server = natsServer({ version: "2.10" });

describe.runIf(isInstalled(server.program))("an instance of which something is wanted", () => {
  let engine: Engine;
  const release: (() => Promise<unknown>)[] = [];

  beforeEach(async () => {
    engine = await Engine.start(server);
  });
  afterEach(async () => {
    vi.useRealTimers();
    for (const one of release.splice(0).reverse()) await one();
    await engine.dispose();
  });

  type Options = Parameters<typeof logOn>[1];

  function open(options: Options, at: { port: number } = engine): NatsLog {
    const log = logOn(at, options);
    release.push(() => log.close());
    return log;
  }

  /** Another instance, of which nothing was ever wanted. */
  function publisher(options: Options): NatsLog {
    return open({ ...options, follow: "everything" });
  }

  function wanting(options: Options, topics: string[], at: { port: number } = engine): NatsLog {
    const log = open(options, at);
    for (const channel of [everyone, ...topics.map(topicChannel)]) log.want!(channel);
    return log;
  }

  async function filters(stream: string): Promise<string[][]> {
    const nc = await connect({ servers: `127.0.0.1:${engine.port}` });
    const jsm = await jetstreamManager(nc, { checkAPI: false });
    const consumers = await jsm.consumers.list(stream).next();
    await nc.close();
    return consumers.map(({ config }) => [...(config.filter_subjects ?? [])].sort());
  }

  test("receives what is for all, for several, and the topics that are wanted", async () => {
    const stream = freshStream();
    const log = wanting({ stream }, ["a"]);
    const tail = await follow(log);
    const others = publisher({ stream });
    for (const [data, channels] of [
      ["other", ["topic:b"]],
      ["wanted", ["topic:a"]],
      ["user", ["user:a"]],
      ["all", ["*"]],
      ["several", ["topic:c", "topic:d"]],
    ] as [string, Channel[]][])
      await others.append({ channels, data });
    await until(() => tail.calls.at(-1) === "several");
    expect(tail.calls).toEqual(["reset", "wanted", "all", "several"]);
    expect(await filters(stream)).toEqual([
      [`${stream}.all`, `${stream}.many`, `${stream}.mark`, `${stream}.t.a`],
    ]);
  });

  test("with `follow: everything` it receives everything", async () => {
    const stream = freshStream();
    const log = wanting({ stream, follow: "everything" }, ["a"]);
    const tail = await follow(log);
    await log.append(entry("other", "b"));
    await until(() => tail.calls.at(-1) === "other");
    expect(log.want!("topic:z").since).toBe("");
  });

  test("a head that others have moved is followed at once when somebody asks for it", async () => {
    const stream = freshStream();
    const log = wanting({ stream, heartbeat: 60_000 }, ["a"]);
    const tail = await follow(log);
    const position = await publisher({ stream }).append(entry("other", "b"));
    expect(await log.head()).toBe(position);
    await until(() => tail.head === position);
    expect(tail.calls).toEqual(["reset"]);
  });

  test("a heartbeat moves the head past what others publish", async () => {
    const stream = freshStream();
    const log = wanting({ stream, heartbeat: 100 }, ["a"]);
    const tail = await follow(log);
    const position = await publisher({ stream }).append(entry("other", "b"));
    await until(() => tail.head === position);
    expect(tail.calls).toEqual(["reset"]);
  });

  test("others may turn the whole stream over, and there is no gap", async () => {
    const options = { stream: freshStream(), maxEvents: 100 };
    const log = wanting({ ...options, heartbeat: 60_000 }, ["a"]);
    const tail = await follow(log);
    const start = await log.append(entry("first", "a"));
    const others = publisher(options);
    for (let i = 0; i < 500; i += 1) await others.append(entry("other", "b"));
    const last = await others.append(entry("last", "a"));
    await until(() => tail.calls.at(-1) === "last");
    expect(tail.calls).toEqual(["reset", "first", "last"]);
    expect(await readAll(log, start, "a", last)).toEqual({ data: ["last"], gaps: [] });
  });

  test.each([
    { bound: "its bytes", maxBytes: 10_000_000 },
    { bound: "an age of a few heartbeats", maxAge: 30_000 },
  ])("a stream that is bounded by $bound is followed as a whole", async ({ bound: _, ...bounds }) => {
    const log = wanting({ stream: freshStream(), ...bounds }, ["a"]);
    const tail = await follow(log);
    await log.append(entry("other", "b"));
    await until(() => tail.calls.at(-1) === "other");
  });

  test("topics that come to be wanted during a burst of appends are given without a break from that place on", async () => {
    const options = { stream: freshStream(), maxEventsPerTopic: 0 };
    const log = wanting(options, []);
    const tail = await follow(log);
    const topics = ["a", "b", "c", "d", "e"];
    const others = publisher(options);
    const appended = Promise.all(
      Array.from({ length: 2_000 }, async (_, i) => {
        const topic = topics[i % topics.length]!;
        await new Promise((resolve) => setTimeout(resolve, i / 5));
        return { topic, position: await others.append(entry(`${topic}${i}`, topic)) };
      }),
    );
    const since = new Map<string, string>();
    for (const topic of topics) {
      await new Promise((resolve) => setTimeout(resolve, 50));
      since.set(topic, log.want!(topicChannel(topic)).since);
    }
    const all = (await appended).sort((x, y) => log.compare(x.position, y.position));
    const last = all.at(-1)!.position;
    await until(() => tail.head === last);
    const expected = all.filter(({ topic, position }) => log.compare(position, since.get(topic)!) > 0);
    expect(tail.resets).toHaveLength(1);
    expect(tail.entries.map(({ position }) => position)).toEqual(expected.map(({ position }) => position));
    expect(expected.length).toBeGreaterThan(500);
  }, 20_000);

  test("reads give what they give on an instance that follows everything, gaps included", async () => {
    const topics = ["a", "b", "c"];
    const appends = fc.array(fc.record({ topic: fc.constantFrom(...topics), wanted: fc.boolean() }), {
      minLength: 1,
      maxLength: 120,
    });
    await fc.assert(
      fc.asyncProperty(appends, async (steps) => {
        const options = { stream: freshStream(), maxEventsPerTopic: 4 };
        const whole = publisher(options);
        const wholeTail = await follow(whole);
        const log = wanting(options, []);
        const tail = await follow(log);
        const positions = [await whole.head()];
        const pending: Promise<unknown>[] = [];
        for (const [i, { topic, wanted }] of steps.entries()) {
          const appended = whole.append(entry(String(i), topic));
          pending.push(appended.then((position) => positions.push(position)));
          if (wanted && i % 7 === 0) log.want!(topicChannel(topic));
          if (i % 11 === 0) await appended;
        }
        await Promise.all(pending);
        const head = await log.head();
        await until(() => tail.head === head && wholeTail.head === head);
        for (const topic of topics)
          for (const start of positions.filter((_, i) => i % 9 === 0))
            expect(await readAll(log, start, topic, head)).toEqual(await readAll(whole, start, topic, head));
        await log.close();
        await whole.close();
      }),
      { numRuns: 12, endOnFailure: true },
    );
  }, 60_000);

  test("a burst that pushes nothing out is given without a break, however many are pending", async () => {
    const options = { stream: freshStream(), maxEventsPerTopic: 1, maxEvents: 0 };
    const link = await CuttableLink.to(engine.port);
    release.push(() => link.close());
    const topics = ["a", "b", "c", "d"];
    const log = wanting(options, topics, link);
    const tail = await follow(log);
    const others = publisher(options);
    await others.append(entry("other", "z"));
    link.stall();
    const large = "x".repeat(100_000);
    const appended: string[] = [];
    for (let i = 0; i < 360; i += 1) {
      appended.push(String(i));
      await others.append(entry(`${i} ${large}`, topics[i % 4]));
    }
    link.resume();
    await until(() => tail.entries.length === appended.length);
    expect(tail.entries.map(({ data }) => data.split(" ")[0])).toEqual(appended);
    expect(tail.resets).toHaveLength(1);
  }, 30_000);

  test("an entry that its topic pushed out before it could come is announced as a gap", async () => {
    const options = { stream: freshStream(), maxEventsPerTopic: 10, maxEvents: 0 };
    const link = await CuttableLink.to(engine.port);
    release.push(() => link.close());
    const log = wanting(options, ["a"], link);
    const tail = await follow(log);
    // The stream begins here for as long as it lasts.
    await log.append(entry("anchor", "quiet"));
    const start = await log.append(entry("first", "a"));
    await until(() => tail.calls.at(-1) === "first");
    link.stall();
    const others = publisher(options);
    // What is on its way already will come: more than the connection holds.
    const large = "x".repeat(100_000);
    for (let i = 0; i < 300; i += 1) await others.append(entry(`${i} ${large}`, "a"));
    link.resume();
    await until(() => tail.resets.length > 1);
    const head = await log.head();
    await until(() => tail.head === head);
    const given = tail.entries.map(({ data }) => data.split(" ")[0]!);
    const { data, gaps } = await readAll(log, start, "a", head);
    expect(gaps).toEqual(["evicted"]);
    expect(data.map((text) => text.split(" ")[0])).toEqual(
      Array.from({ length: 10 }, (_, i) => String(290 + i)),
    );
    // What was given before the reset was without a break.
    const before = given.slice(1, given.length);
    expect(before).toEqual(before.map((_, i) => String(i)));
  }, 30_000);

  test("an entry that other topics pushed out of the stream before it could come is announced as a gap", async () => {
    const options = { stream: freshStream(), maxEvents: 200 };
    const link = await CuttableLink.to(engine.port);
    release.push(() => link.close());
    const log = wanting({ ...options, heartbeat: 60_000 }, ["a"], link);
    const tail = await follow(log);
    const start = await log.append(entry("first", "a"));
    await until(() => tail.calls.at(-1) === "first");
    link.stall();
    const others = publisher(options);
    const large = "x".repeat(200_000);
    for (let i = 0; i < 150; i += 1) await others.append(entry(`${i} ${large}`, "a"));
    for (let i = 0; i < 400; i += 1) await others.append(entry("other", "b"));
    await others.append(entry("last", "a"));
    link.resume();
    await until(() => tail.resets.length > 1);
    const head = await log.head();
    await until(() => tail.head === head);
    const { data, gaps } = await readAll(log, start, "a", head);
    expect({ data, gaps }).toEqual({ data: ["last"], gaps: ["evicted"] });
    const given = tail.entries.slice(1).map(({ data: text }) => text.split(" ")[0]);
    expect(given.filter((text) => text !== "last")).toEqual(
      given.filter((text) => text !== "last").map((_, i) => String(i)),
    );
  }, 30_000);

  test("a topic that lost entries before it came to be wanted has a gap there", async () => {
    const options = { stream: freshStream(), maxEvents: 100 };
    const log = wanting(options, []);
    const tail = await follow(log);
    const others = publisher(options);
    const start = await others.head();
    await others.append(entry("lost", "a"));
    for (let i = 0; i < 5; i += 1) {
      await Promise.all(Array.from({ length: 50 }, () => others.append(entry("other", "b"))));
      const head = await log.head();
      await until(() => log.compare(tail.head, head) >= 0);
    }
    const held = await others.append(entry("held", "a"));
    log.want!("topic:a");
    await until(() => log.compare(tail.head, held) >= 0);
    expect(tail.resets).toHaveLength(1);
    expect(await readAll(log, start, "a", held)).toEqual({ data: ["held"], gaps: ["evicted"] });
  });

  test("after an outage it goes on where it was, also while others publish much", async () => {
    const options = { stream: freshStream(), durable: true, maxEventsPerTopic: 10 };
    const topics = Array.from({ length: 40 }, (_, i) => `t${i}`);
    const link = await CuttableLink.to(engine.port);
    release.push(() => link.close());
    const others = publisher(options);
    for (let i = 0; i < 30; i += 1)
      await Promise.all(topics.map((topic) => others.append(entry(String(i), topic))));
    const log = wanting(options, topics, link);
    const tail = await follow(log);
    let publishing = true;
    const load = (async () => {
      while (publishing) await Promise.all(topics.map(() => others.append(entry("other", "z"))));
    })();
    const start = await others.append(entry("before", "t0"));
    await until(() => log.compare(tail.head, start) >= 0);
    link.cut();
    await until(() => tail.errors.length > 0);
    const after = await others.append(entry("after", "t0"));
    await until(() => log.compare(tail.head, after) >= 0);
    publishing = false;
    await load;
    expect(tail.calls).toEqual(["reset", "before", "error", "after"]);
    expect(await readAll(log, start, "t0", after)).toEqual({ data: ["after"], gaps: [] });
  }, 20_000);

  test("what was evicted from several topics is known also of a topic that comes to be wanted again", async () => {
    const options = { stream: freshStream(), maxEventsPerTopic: 5 };
    const log = wanting(options, []);
    const tail = await follow(log);
    const others = publisher(options);
    await others.append(entry("anchor", "quiet"));
    const start = await others.head();
    log.want!("topic:a").release();
    await others.append({ channels: ["topic:a", "topic:b"], data: "lost" });
    for (let i = 0; i < 10; i += 1)
      await others.append({ channels: ["topic:c", "topic:d"], data: String(i) });
    await until(() => tail.calls.at(-1) === "9");
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 61_000 });
    const last = await others.append({ channels: ["topic:c", "topic:d"], data: "last" });
    await until(() => tail.calls.at(-1) === "last");
    expect(await readAll(log, start, "a", last)).toEqual({ data: [], gaps: ["evicted"] });
  });

  test.each([1, 2, 3, 4, 5, 6])(
    "nothing is missing without a word where a topic pushes out while it is delivered (%i)",
    async () => {
      const options = { stream: freshStream(), maxEventsPerTopic: 10, maxEvents: 0 };
      const link = await CuttableLink.to(engine.port);
      release.push(() => link.close());
      const log = wanting(options, ["a"], link);
      const tail = await follow(log);
      const others = publisher(options);
      await others.append(entry("anchor", "quiet"));
      link.stall();
      const large = "x".repeat(100_000);
      for (let i = 0; i < 250; i += 1) await others.append(entry(`${i} ${large}`, "a"));
      link.resume();
      for (let i = 250; i < 400; i += 1) await others.append(entry(`${i} `, "a"));
      const last = await others.append(entry("last ", "a"));
      await until(() => log.compare(tail.head, last) >= 0);
      // Between two resets there is no hole.
      const calls = tail.calls.map((call) => call.split(" ")[0]!).filter((call) => call !== "last");
      for (const [i, call] of calls.entries())
        if (i > 1 && call !== "reset" && calls[i - 1] !== "reset")
          expect(Number(call)).toBe(Number(calls[i - 1]) + 1);
      expect(tail.resets.length).toBeGreaterThan(1);
    },
    30_000,
  );

  test("what nobody has wanted for a minute is left out", async () => {
    const stream = freshStream();
    const log = wanting({ stream }, []);
    const tail = await follow(log);
    const wanted = log.want!("topic:a");
    await log.append(entry("wanted", "a"));
    await until(() => tail.calls.at(-1) === "wanted");
    wanted.release();
    await log.append(entry("lingering", "a"));
    await until(() => tail.calls.at(-1) === "lingering");
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 61_000 });
    for (let i = 0; i < 150; i += 1) await log.append(entry("unwanted", "a"));
    await vi.waitUntil(async () => !(await filters(stream)).flat().includes(`${stream}.t.a`));
    // The look at what nobody wants comes with the first.
    expect(tail.calls.filter((call) => call === "unwanted").length).toBeLessThanOrEqual(1);
    // Wanted again it is listed again, with what it holds.
    const again = log.want!("topic:a");
    const last = await log.append(entry("again", "a"));
    await until(() => tail.calls.at(-1) === "again");
    expect(tail.resets).toHaveLength(1);
    expect(again.since).not.toBe("");
    const { data, gaps } = await readAll(log, tail.resets[0]!, "a", last);
    expect(gaps).toEqual([]);
    expect(data).toHaveLength(153);
  });

  test("topics that nobody has wanted for long are not too many", async () => {
    const stream = freshStream();
    const log = wanting({ stream }, []);
    const tail = await follow(log);
    for (let i = 0; i < 250; i += 1) log.want!(topicChannel(`t${i}`)).release();
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 61_000 });
    for (let i = 0; i < 20; i += 1) log.want!(topicChannel(`n${i}`));
    await log.append(entry("wanted", "n19"));
    await until(() => tail.calls.at(-1) === "wanted");
    expect(tail.resets).toHaveLength(1);
  });

  test("with very many topics it receives everything", async () => {
    const stream = freshStream();
    const log = wanting({ stream }, ["a"]);
    const tail = await follow(log);
    await log.append(entry("first", "a"));
    await until(() => tail.calls.at(-1) === "first");
    for (let i = 0; i < 300; i += 1) log.want!(topicChannel(`t${i}`));
    await until(() => tail.resets.length === 2);
    const last = await log.append(entry("anything", "z"));
    await until(() => tail.calls.at(-1) === "anything");
    expect(await readAll(log, tail.resets[0]!, "a", last)).toEqual({ data: ["first"], gaps: [] });
    expect(log.want!("topic:more").since).toBe("");
    await vi.waitFor(async () => expect(await filters(stream)).toEqual([[]]));
  });
});
