import { CuttableLink, type Engine } from "@sse/engines";
import { topicChannel } from "@sse/hub/log";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { NatsLog } from "../src/index.js";
import {
  appendAtLast,
  describeOnNats,
  entry,
  follow,
  freshStream,
  logOn,
  readAll,
  until,
} from "./support.js";

const options = { commandTimeout: 300, heartbeat: 100, durable: true };

/** Everything that waits for the server. */
const calls: readonly (readonly [string, (log: NatsLog, position: string) => Promise<unknown>])[] = [
  ["append", (log) => log.append(entry("x"))],
  ["append with a key", (log) => log.append(entry("x"), { idempotencyKey: "k" })],
  ["read", (log, through) => log.read("", { channels: new Set([topicChannel("a")]), through, limit: 10 })],
  ["head", (log) => log.head()],
  ["send", (log) => log.bus.send("x")],
];

/** Reads until the connection for reads has noticed that it is dead, too. */
async function readAtLast(log: NatsLog, start: string, through: string) {
  for (;;) {
    const read = await readAll(log, start, "a", through).catch(() => undefined);
    if (read !== undefined) return read;
  }
}

describeOnNats("when nothing that the server sends arrives", (startNats) => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await startNats();
  });
  afterAll(() => engine.dispose());

  test.each(calls)(
    "%s rejects, followers are told, and all continues on a new connection",
    async (_, call) => {
      const link = await CuttableLink.to(engine.port);
      const stream = freshStream();
      const log = logOn(link, { stream, ...options });
      const witness = logOn(engine, { stream, ...options });
      const tail = await follow(log);
      const start = await log.head();
      await readAll(log, start, "a", await log.append(entry("opens the connection for reads")));
      const first = await log.append(entry("first"));
      await until(() => tail.calls.at(-1) === "first");
      link.swallow();
      await expect(call(log, first)).rejects.toMatchObject({
        code: expect.stringMatching(/^(append-timeout|log-unavailable)$/),
      });
      await appendAtLast(witness, entry("meanwhile"));
      await until(() => tail.errors.length > 0);
      await appendAtLast(log, entry("last"));
      await until(() => tail.calls.at(-1) === "last");
      expect(tail.resets).toHaveLength(1);
      const { data, gaps } = await readAtLast(log, start, tail.head);
      expect([data.slice(1).filter((one) => one !== "x"), gaps]).toEqual([
        ["first", "meanwhile", "last"],
        [],
      ]);
      await log.close();
      await witness.close();
      await link.close();
    },
  );

  test.each(calls)(
    "%s of an instance that starts rejects, and so does what waits for it",
    async (_, call) => {
      const link = await CuttableLink.to(engine.port);
      link.swallowNext();
      const log = logOn(link, { stream: freshStream(), ...options });
      const [one, other] = await Promise.allSettled([
        call(log, "abcdefghijkl-1"),
        call(log, "abcdefghijkl-1"),
      ]);
      expect([one!.status, other!.status]).toEqual(["rejected", "rejected"]);
      await log.close();
      await link.close();
    },
  );

  test("closing ends all the same", async () => {
    const link = await CuttableLink.to(engine.port);
    const log = logOn(link, { stream: freshStream(), ...options });
    const tail = await follow(log);
    await log.append(entry("x"));
    await until(() => tail.entries.length === 1);
    link.swallow();
    const pending = Promise.allSettled(calls.map(([, call]) => call(log, tail.head)));
    await log.close();
    expect(new Set((await pending).map(({ status }) => status))).toEqual(new Set(["rejected"]));
    await link.close();
  });
});
