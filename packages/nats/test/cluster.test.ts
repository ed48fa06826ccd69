import { cp, rm } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { jetstreamManager } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import { isInstalled, NatsCluster } from "@sse/engines";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { createNatsLog, type NatsLog, type NatsLogOptions } from "../src/index.js";
import { appendAtLast, entry, follow, freshStream, readAll, type Tail, until } from "./support.js";

const logs: NatsLog[] = [];

function open(servers: string | string[], options: Partial<NatsLogOptions> & { stream: string }): NatsLog {
  const log = createNatsLog({
    servers,
    replicas: 3,
    commandTimeout: 1_000,
    retryDelay: 50,
    heartbeat: 500,
    ...options,
  });
  logs.push(log);
  return log;
}

/** Returns what an instance has reported, without outages: those are part of the tests. */
function told({ calls }: Tail): string[] {
  return calls.filter((call) => call !== "error");
}

describe.runIf(isInstalled("nats-server-2.10"))("on a cluster of three servers", () => {
  let cluster: NatsCluster;

  beforeAll(async () => {
    cluster = await NatsCluster.start();
  });
  afterEach(async () => {
    cluster.heal();
    for (const log of logs.splice(0)) await log.close();
  });
  afterAll(() => cluster.dispose());

  /**
   * Waits until every replica of a stream has everything: a further loss before would be of a
   * majority.
   */
  async function untilReplicated(stream: string): Promise<void> {
    const nc = await connect({ servers: cluster.urls });
    const jsm = await jetstreamManager(nc, { checkAPI: false });
    for (;;) {
      const info = await jsm.streams.info(stream).catch(() => undefined);
      const replicas = info?.cluster?.leader === undefined ? [] : (info.cluster.replicas ?? []);
      const isCurrent = replicas.every(
        ({ current, lag = 0, active }) => current && lag === 0 && active < 1e9,
      );
      if (replicas.length === 2 && isCurrent) break;
      await delay(50);
    }
    await nc.close();
  }

  test("instances that start together agree on one epoch, and planned restarts of all servers change nothing", async () => {
    const stream = freshStream();
    const instances = Array.from({ length: 4 }, () => open(cluster.urls, { stream }));
    const tails = await Promise.all(instances.map(follow));
    const first = await appendAtLast(instances[0]!, entry("first"));
    const appended: string[] = [];
    for (let index = 0; index < 3; index += 1) {
      await cluster.servers[index]!.kill("SIGTERM");
      await appendAtLast(instances[1]!, entry(`without ${index}`));
      await cluster.servers[index]!.start();
      await appendAtLast(instances[2]!, entry(`with ${index}`));
      appended.push(`without ${index}`, `with ${index}`);
    }
    const last = await appendAtLast(instances[3]!, entry("last"));
    expect(instances[0]!.compare(first, last)).toBeLessThan(0);
    await until(() => tails.every(({ calls }) => calls.at(-1) === "last"));
    expect(tails.map(({ resets }) => resets.length)).toEqual([1, 1, 1, 1]);
    const { data, gaps } = await readAll(instances[0]!, first, "a", tails[0]!.head);
    // An append that failed and was made again may be stored twice.
    expect([[...new Set(data)], gaps]).toEqual([[...appended, "last"], []]);
  });

  test("a stream on fewer servers than the options say is named once, with the fix", async () => {
    const stream = freshStream();
    await appendAtLast(open(cluster.urls, { stream, replicas: 1 }), entry("makes the stream"));
    const tail = await follow(open(cluster.urls, { stream, replicas: 3 }));
    const warnings = () =>
      tail.errors.filter((error) => (error as { code?: string }).code === "invalid-option");
    await until(() => warnings().length > 0);
    expect(warnings()).toEqual([
      expect.objectContaining({ message: expect.stringContaining("raise num_replicas to 3") }),
    ]);
  });

  test("partitions of any server start no epoch, and every instance receives every acknowledged event", async () => {
    const stream = freshStream();
    const instances = cluster.urls.map((url) => open(url, { stream, maxEventsPerTopic: 0 }));
    const tails = await Promise.all(instances.map(follow));
    const acknowledged: string[] = [];
    const publish = async (index: number, data: string) => {
      await instances[index]!.append(entry(data)).then(
        () => acknowledged.push(data),
        () => delay(20),
      );
    };
    await appendAtLast(instances[0]!, entry("first"));
    for (let round = 0; round < 6; round += 1) {
      cluster.isolate(round % 3);
      const end = performance.now() + 2_500;
      for (let i = 0; performance.now() < end; i += 1)
        await Promise.all([0, 1, 2].map((index) => publish(index, `${round}-${i}-${index}`)));
      cluster.heal();
      await delay(500);
    }
    for (const [index, log] of instances.entries()) await appendAtLast(log, entry(`end ${index}`));
    await until(() => tails.every((tail) => told(tail).some((call) => call === "end 2")));
    const epochs = new Set(tails.flatMap(({ resets }) => resets.map((position) => position.split("-")[0])));
    expect(epochs.size).toBe(1);
    expect(acknowledged.length).toBeGreaterThan(0);
    for (const [index, tail] of tails.entries()) {
      const { data, gaps } = await readAll(instances[index]!, tail.resets[0]!, "a", tail.head);
      expect(gaps).toEqual([]);
      expect(acknowledged.filter((sent) => !data.includes(sent))).toEqual([]);
      // Without another reset it was given all of it.
      if (tail.resets.length === 1) expect(told(tail).slice(1)).toEqual(data);
    }
  });

  test("a server that comes back with an older copy of its files, or with none, changes nothing", async () => {
    const stream = freshStream();
    const [log, other] = [open(cluster.urls, { stream }), open(cluster.urls, { stream })];
    const tail = await follow(log);
    const first = await appendAtLast(log, entry("first"));
    const [old, wiped] = [cluster.servers[0]!, cluster.servers[1]!];
    await old.kill("SIGTERM");
    await cp(`${old.folder}/jetstream`, `${old.folder}/older`, { recursive: true });
    await old.start();
    for (let i = 0; i < 20; i += 1) await appendAtLast(other, entry(`a${i}`));
    await untilReplicated(stream);
    await old.kill();
    await rm(`${old.folder}/jetstream`, { recursive: true });
    await cp(`${old.folder}/older`, `${old.folder}/jetstream`, { recursive: true });
    await old.start();
    for (let i = 0; i < 20; i += 1) await appendAtLast(other, entry(`b${i}`));
    await untilReplicated(stream);
    await wiped.kill();
    await rm(`${wiped.folder}/jetstream`, { recursive: true });
    await wiped.start();
    for (let i = 0; i < 20; i += 1) await appendAtLast(other, entry(`c${i}`));
    await appendAtLast(log, entry("last"));
    await until(() => tail.calls.at(-1) === "last");
    const { data, gaps } = await readAll(log, first, "a", tail.head);
    expect(gaps).toEqual([]);
    expect(new Set(data)).toEqual(
      new Set(
        ["a", "b", "c"].flatMap((name) => Array.from({ length: 20 }, (_, i) => `${name}${i}`)).concat("last"),
      ),
    );
    expect(new Set(tail.resets.map((position) => position.split("-")[0])).size).toBe(1);
  });
});

describe.runIf(isInstalled("nats-server"))("on a cluster of nats-server 2.9", () => {
  test("an instance warns once, and names the fix", async () => {
    const cluster = await NatsCluster.start("nats-server");
    const log = open(cluster.urls, { stream: freshStream(), replicas: 1 });
    const tail = await follow(log);
    await cluster.servers[0]!.kill("SIGTERM");
    await cluster.servers[0]!.start();
    await appendAtLast(log, entry("x"));
    const warnings = () =>
      tail.errors.filter((error) => (error as { code?: string }).code === "invalid-option");
    await until(() => warnings().length > 0);
    expect(warnings()).toEqual([
      expect.objectContaining({ message: expect.stringContaining("upgrade to 2.10") }),
    ]);
    await log.close();
    await cluster.dispose();
  });
});
