import { isInstalled, natsServer, redisServer } from "@sse/engines";
import { parseEvents } from "@sse/koa";
import { describe, expect, onTestFinished, test } from "vitest";
import { joinChat } from "../src/terminal.js";
import { startOn } from "./support/instances.js";

/** A participant of the chat, with the messages received. */
async function join(url: string, username: string) {
  const heard: string[] = [];
  const troubles: string[] = [];
  const chat = joinChat({ url, username }, (line) => {
    const [, word] = / ann: (.*)$/.exec(line) ?? [];
    if (word !== undefined) heard.push(word);
    if (line.includes("missed")) troubles.push(line);
  });
  let moves = 0;
  chat.source.onLifecycle("reconnecting", () => moves++);
  onTestFinished(() => chat.source.close());
  await new Promise((resolve) => chat.source.onLifecycle("live", resolve));
  return { heard, troubles, moves: () => moves };
}

/** Follows rooms on a connection of its own, and collects the data of the events named `room`. */
async function follow(url: string, username: string, rooms: string) {
  const stopped = new AbortController();
  onTestFinished(() => stopped.abort());
  const query = new URLSearchParams({ username, rooms });
  const response = await fetch(`${url}/chat/sse?${query}`, { signal: stopped.signal });
  const words: string[] = [];
  let live = false;
  const events = parseEvents(response.body!);
  const reading = (async () => {
    for await (const { event, data } of events) {
      if (event === "sse:live") live = true;
      if (event === "room") words.push(JSON.parse(data).Message);
    }
  })();
  reading.catch(() => {});
  await until(() => live);
  return words;
}

async function until(happened: () => boolean): Promise<void> {
  while (!happened()) await new Promise((resolve) => setImmediate(resolve));
}

/**
 * Kills a process, and resolves when it is gone: a message sent while it dies may be sent to it.
 */
async function kill(id: number): Promise<void> {
  process.kill(id, "SIGKILL");
  const isThere = () => {
    try {
      return process.kill(id, 0);
    } catch {
      return false;
    }
  };
  while (isThere()) await new Promise((resolve) => setImmediate(resolve));
}

/** Sends a message to everybody, or to a room. */
async function say(url: string, message: string, room?: string): Promise<void> {
  const query = new URLSearchParams({ from: "ann", message, ...(room !== undefined && { room }) });
  const response = await fetch(`${url}/chat/${room === undefined ? "broadcast" : "room"}?${query}`, {
    method: "POST",
    headers: { connection: "close" },
  });
  expect(response.status, await response.text()).toBe(200);
}

describe.each([
  ["Redis", redisServer(), "REDIS_URL", "redis"],
  ["NATS", natsServer(), "NATS_URL", "nats"],
] as const)("on %s", (_name, options, variable, scheme) => {
  const there = isInstalled(options.program);

  test.skipIf(!there)(
    "two instances behind one port: when one is killed, its clients move to the other and hear every word once, in order",
    async () => {
      const { url, processes } = await startOn(options, variable, scheme);
      expect(processes).toHaveLength(2);
      const people = [
        await join(url, "bob"),
        await join(url, "cat"),
        await join(url, "dan"),
        await join(url, "eve"),
      ];
      const said: string[] = [];
      for (let number = 0; number < 20; number++) {
        if (number === 10) await kill(processes[0]!);
        const word = `word ${number}`;
        await say(url, word);
        said.push(word);
      }
      await Promise.all(
        people.map(async ({ heard }) => {
          while (heard.length < said.length) await new Promise((resolve) => setImmediate(resolve));
        }),
      );
      for (const { heard, troubles } of people)
        expect({ heard, troubles }).toEqual({ heard: said, troubles: [] });
      expect(people.some(({ moves }) => moves() > 0)).toBe(true);
      expect(people.some(({ moves }) => moves() === 0)).toBe(true);
    },
  );

  test.skipIf(!there)(
    "two instances behind one port: a person joins a room whichever instance answers, also when one was killed",
    async () => {
      const { url, processes } = await startOn(options, variable, scheme);
      const listeners = [await follow(url, "bob", "jazz"), await follow(url, "cat", "jazz")];
      for (const word of ["one", "two"]) await say(url, word, "jazz");
      await until(() => listeners.every((words) => words.length === 2));
      await kill(processes[0]!);
      const late = await follow(url, "dan", "general,jazz");
      const other = await follow(url, "eve", "general");
      await say(url, "three", "jazz");
      await say(url, "in general", "general");
      const reached = () => listeners.filter((words) => words.includes("three"));
      await until(() => late.length === 4 && other.length === 1 && reached().length > 0);
      expect(late).toEqual(["one", "two", "three", "in general"]);
      expect(other).toEqual(["in general"]);
      expect(reached()).toHaveLength(1);
      for (const words of listeners) expect(words.slice(0, 2)).toEqual(["one", "two"]);
    },
  );

  test.skipIf(!there)("a page may kill the process that serves it, and no other process", async () => {
    const { url, processes } = await startOn(options, variable, scheme);
    const bob = await join(url, "bob");
    const kill = (id: number): Promise<Response> =>
      fetch(`${url}/chat/kill?process=${id}`, { method: "POST", headers: { connection: "close" } });
    expect((await kill(process.pid)).status).toBe(200); // This process goes on.
    for (const id of processes) {
      // The process that is killed may be the one that answers.
      if (bob.moves() === 0) await kill(id).catch(() => {});
      await new Promise((resolve) => setImmediate(resolve));
      if (bob.moves() === 0) await say(url, "still there?").catch(() => {});
    }
    await until(() => bob.moves() > 0);
  });
});
