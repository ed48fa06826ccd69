import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { runCommand } from "../src/commands.js";
import { type Consumer, createConsumer } from "../src/consumer.js";

const PROGRAMS = [
  ["ESM", "esm.mjs"],
  ["CommonJS", "cjs.cjs"],
  ["TypeScript as ESM", "out/typed-esm.mjs"],
  ["TypeScript as CommonJS", "out/typed-cjs.cjs"],
] as const;

describe("core alone, installed with npm, encodes and parses", () => {
  const consumer = project(["core"]);

  test.each(PROGRAMS)("in %s", async (_kind, file) => {
    const printed = await runCommand(process.execPath, [file], consumer().path);
    expect(JSON.parse(printed)).toMatchObject({
      event: "price",
      data: '{"symbol":"AAPL"}',
      lastEventId: "7",
    });
  });
});

describe("the client, installed with npm, reads a stream", () => {
  const consumer = project(["client", "core"]);

  test.each(PROGRAMS)("in %s", async (_kind, file) => {
    const printed = await runCommand(process.execPath, [file], consumer().path);
    expect(JSON.parse(printed)).toEqual({
      event: "price",
      data: { symbol: "AAPL" },
      id: "7",
      lastEventId: "7",
      others: ["function", "function"],
    });
  });
});

describe("the hub with its metrics, installed with npm beside OpenTelemetry's API, reports what it does", () => {
  const consumer = project(["hub", "core"], ["@opentelemetry/api"]);

  test.each(PROGRAMS)("in %s", async (_kind, file) => {
    const printed = await runCommand(process.execPath, [file], consumer().path);
    expect(JSON.parse(printed)).toEqual({
      names: expect.arrayContaining(["sse.hub.published", "sse.hub.gaps"]),
      published: 1,
    });
  });
});

describe("the express adapter alone, installed with npm, serves a hub", () => {
  const consumer = project(["express", "node", "hub", "core"], ["express", "@types/express", "@types/node"]);

  test.each(PROGRAMS)("in %s", { timeout: 30_000 }, async (_kind, file) => {
    const server = spawn(process.execPath, [join(consumer().path, file)], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const exit = once(server, "exit");
    try {
      const [url] = await once(createInterface({ input: server.stdout }), "line");
      const id = await expectGreeting(String(url));
      expect(id).not.toBe("");
      server.kill("SIGTERM");
      expect(await exit).toEqual([0, null]);
    } finally {
      server.kill("SIGKILL");
    }
  });
});

/**
 * Installs the packages before the tests of the surrounding suite and removes the project after
 * them.
 */
function project(packages: [string, ...string[]], names: string[] = []): () => Consumer {
  let consumer: Consumer | undefined;
  beforeAll(async () => {
    const [folder] = packages;
    consumer = await createConsumer({
      tarballs: Object.fromEntries(packages.map((name) => [`@sse/${name}`, inject("tarballs")[name] ?? ""])),
      programs: fileURLToPath(new URL(`../fixtures/${folder}`, import.meta.url)),
      ...(names.length > 0 ? { registry: { names, of: `packages/${folder}` } } : {}),
    });
  }, 300_000);
  afterAll(() => consumer?.remove());
  return () => {
    if (consumer === undefined) throw new Error("the project was not installed");
    return consumer;
  };
}

/**
 * Connects, lets the server publish, and waits until the event has arrived as it was published.
 * Returns its id.
 */
async function expectGreeting(url: string): Promise<string> {
  const response = await fetch(`${url}/events?topic=any`, { headers: { accept: "text/event-stream" } });
  expect(response.headers.get("content-type")).toBe("text/event-stream");
  const id = await (await fetch(`${url}/greet`, { method: "POST" })).text();
  let received = "";
  for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    received += chunk;
    if (received.includes("data: hello\n\n")) break;
  }
  expect(received).toContain(`event: greeting\nid: ${id}\ndata: hello\n\n`);
  return id;
}
