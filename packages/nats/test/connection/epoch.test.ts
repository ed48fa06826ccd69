import { type JetStreamManager, jetstreamManager, type StreamInfo } from "@nats-io/jetstream";
import { connect, type NatsConnection } from "@nats-io/transport-node";
import type { Engine } from "@sse/engines";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { agreeOnEpoch } from "../../src/connection/epoch.js";
import { Seen } from "../../src/connection/seen.js";
import { isDurable } from "../../src/connection/stream.js";
import type { VerifyContext } from "../../src/connection/verify-context.js";
import { settingsOf } from "../../src/options.js";
import { subjectsOf } from "../../src/subjects.js";
import { describeOnNats, freshStream } from "../support.js";

describeOnNats("an agreement on the epoch", (startNats) => {
  let engine: Engine;
  let nc: NatsConnection;
  let jsm: JetStreamManager;
  let stream: string;
  let context: VerifyContext;
  let last: number;
  let epoch: string;

  beforeAll(async () => {
    engine = await startNats();
    nc = await connect({ servers: `127.0.0.1:${engine.port}` });
    jsm = await jetstreamManager(nc, { checkAPI: false });
  });
  beforeEach(async () => {
    stream = freshStream();
    context = {
      nc,
      jsm,
      settings: settingsOf({ connection: nc, stream, durable: true, commandTimeout: 1_000 }),
      subjects: subjectsOf(stream),
      seen: new Seen(),
      signal: new AbortController().signal,
    };
    ({ epoch } = await agreeOnEpoch(context));
    for (let i = 0; i < 3; i += 1) await nc.request(`${stream}.t.a`, "x");
    last = (await jsm.streams.info(stream)).state.last_seq;
    context.seen.enter(epoch);
    context.seen.record(epoch, last);
  });
  afterAll(async () => {
    await nc.close();
    await engine.dispose();
  });

  /** The first answers about the stream are changed in this way. */
  function withStaleInfo(answers: number, change: (info: StreamInfo) => void): VerifyContext {
    let left = answers;
    const info = async (name: string) => {
      const answer = await jsm.streams.info(name);
      if (name === stream && left > 0) {
        left -= 1;
        change(answer);
      }
      return answer;
    };
    const streams = new Proxy(jsm.streams, {
      get: (target, key) => {
        if (key === "info") return info;
        const value = Reflect.get(target, key) as unknown;
        return typeof value === "function" ? value.bind(target) : value;
      },
    });
    const stale = { streams, consumers: jsm.consumers, direct: jsm.direct } as unknown as JetStreamManager;
    return { ...context, jsm: stale };
  }

  test("is kept where an answer lies behind what was seen, once a write shows that the answer was stale", async () => {
    const stale = withStaleInfo(2, ({ state }) => {
      state.last_seq = 1;
    });
    const agreement = await agreeOnEpoch(stale);
    expect(agreement.epoch).toBe(epoch);
    expect(agreement.info.state.last_seq).toBeGreaterThan(last);
  });

  test("is another one where the write itself lies behind what was seen", async () => {
    context.seen.record(epoch, last + 10);
    const agreement = await agreeOnEpoch(context);
    expect(agreement.epoch).not.toBe(epoch);
  });

  test("is decided by no answer without a leader", async () => {
    const stale = withStaleInfo(1, (info) => {
      info.state.last_seq = 1;
      info.cluster = { name: "c" };
    });
    await expect(agreeOnEpoch(stale)).rejects.toThrow("no leader");
    expect((await agreeOnEpoch(context)).epoch).toBe(epoch);
  });

  test("never returns to an epoch that was left", async () => {
    context.seen.enter("zzzzzzzzzzzz");
    const agreement = await agreeOnEpoch(context);
    expect([epoch, "zzzzzzzzzzzz"]).not.toContain(agreement.epoch);
    expect((await agreeOnEpoch({ ...context, seen: new Seen() })).epoch).toBe(agreement.epoch);
  });

  test("waits no longer than the timeout for an instance that does not finish making the stream", async () => {
    const other = freshStream();
    const settings = settingsOf({ connection: nc, stream: other, durable: true, commandTimeout: 200 });
    const subjects = subjectsOf(other);
    await jsm.streams.add({ name: `${other}-epoch-kept`, subjects: [subjects.epochDurable], max_msgs: 1 });
    const claim = { epoch, created: "", from: 0, stream: "aaaaaaaaaaaa", creating: "aaaaaaaaaaaa" };
    await nc.request(subjects.epochDurable, JSON.stringify(claim));
    const agreement = await agreeOnEpoch({ ...context, settings, subjects, seen: new Seen() });
    expect(agreement.info.config.name).toBe(other);
  });

  test("is durable as set, or as the server reports the stream", () => {
    const settings = (durable?: boolean) => settingsOf({ connection: nc, stream, durable, replicas: 3 });
    const info = (storage: string, num_replicas: number) =>
      ({ config: { storage, num_replicas } }) as unknown as StreamInfo;
    expect(isDurable(settings())).toBe(true);
    expect(isDurable(settings(), info("file", 1))).toBe(false);
    expect(isDurable(settings(), info("memory", 3))).toBe(false);
    expect(isDurable(settings(), info("file", 5))).toBe(true);
    expect(isDurable(settings(true), info("memory", 1))).toBe(true);
    expect(isDurable(settings(false), info("file", 3))).toBe(false);
  });
});
