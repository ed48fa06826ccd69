import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { freePort } from "@sse/engines";
import { afterAll, beforeAll, describe, expect, inject, test, vi } from "vitest";
import { installLine, withDependencies } from "../../pack.mjs";
import { runCommand } from "../src/commands.js";
import { type Consumer, createConsumer, registryLine } from "../src/consumer.js";
import { sectionsOf } from "../src/readme/blocks.js";
import { isProgram } from "../src/readme/project.js";
import { listens } from "../src/readme/run.js";
import { root } from "../src/workspace.js";

/** Only a hang reaches the limit. */
const untilPrinted = { timeout: 100_000, interval: 20 };

const PROGRAMS = [
  ["ESM", "esm.mjs"],
  ["CommonJS", "cjs.cjs"],
  ["TypeScript as ESM", "out/typed-esm.mjs"],
  ["TypeScript as CommonJS", "out/typed-cjs.cjs"],
] as const;

/** The first program of the README in the same forms. */
const FORMS = [
  ["ESM", "first.mjs"],
  ["CommonJS", "first.cjs"],
  ["TypeScript as ESM", "out/first-esm.mjs"],
  ["TypeScript as CommonJS", "out/first-cjs.cjs"],
] as const;

describe("core alone, installed with npm, encodes and parses", () => {
  const consumer = project("core", () => [lineFor("core")]);

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
  const consumer = project("client", () => [lineFor("client")]);

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
  const consumer = project("hub", () => [
    lineFor("hub"),
    registryLine(["@opentelemetry/api"], "packages/hub"),
  ]);

  test.each(PROGRAMS)("in %s", async (_kind, file) => {
    const printed = await runCommand(process.execPath, [file], consumer().path);
    expect(JSON.parse(printed)).toEqual({
      names: expect.arrayContaining(["sse.hub.published.events", "sse.hub.gaps"]),
      published: 1,
    });
  });
});

describe("the line that `npm run pack -- express` prints, pasted in an empty folder, gives a server", () => {
  const consumer = project("express", installExpress, () => firstProgram());

  test.each(FORMS)("that is the first program of the README, in %s", async (_kind, file) => {
    const port = await freePort();
    const env = { ...process.env, PORT: String(port) };
    const server = spawn(process.execPath, [join(consumer().path, file)], { env, stdio: "inherit" });
    try {
      await vi.waitUntil(() => listens(port), untilPrinted);
      await expectTime(`http://127.0.0.1:${port}/time`);
    } finally {
      server.kill("SIGKILL");
    }
  });

  test.each(PROGRAMS)("in %s", async (_kind, file) => {
    const server = spawn(process.execPath, [join(consumer().path, file)], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const exit = once(server, "exit");
    try {
      const [url] = await once(createInterface({ input: server.stdout }), "line");
      await expectGreeting(String(url));
      server.kill("SIGTERM");
      expect(await exit).toEqual([0, null]);
    } finally {
      server.kill("SIGKILL");
    }
  });
});

test("a package that does not exist is refused with the names of those that do", async () => {
  const packed = runCommand("npm", ["run", "--silent", "pack", "--", "expres"]);
  await expect(packed).rejects.toThrow('There is no package "expres". The packages: client, core, express');
});

/** Returns the line that installs a package and its dependencies from the tarballs. */
function lineFor(folder: string): string {
  const tarballs = inject("tarballs");
  const folders = withDependencies([folder]);
  return installLine(Object.fromEntries(folders.map((name) => [name, tarballs[name] ?? ""])));
}

/** Returns the line that `npm run pack` prints, and the one that installs the types. */
async function installExpress(): Promise<string[]> {
  const printed = await runCommand("npm", ["run", "--silent", "pack", "--", "express"]);
  const types = registryLine(["@types/express", "@types/node"], "packages/express");
  return [printed.trim().split("\n").at(-1) ?? "", types];
}

/**
 * Returns the first program of the README in each form. It listens on a port of the environment.
 */
function firstProgram(): Record<string, string> {
  const text = readFileSync(join(root, "README.md"), "utf8");
  const block = sectionsOf(text)
    .flatMap(({ blocks }) => blocks)
    .find(isProgram);
  const program = (block?.text ?? "").replace("3000", "Number(process.env.PORT)");
  const required = program
    .replace(/^import \{(.*)\} from (".*");$/gm, (_line, names: string, from: string) => {
      return `const {${names.replaceAll(" as ", ": ")}} = require(${from});`;
    })
    .replace(/^import (\w+) from (".*");$/gm, "const $1 = require($2);");
  return { "first.mjs": program, "first.cjs": required, "first-esm.mts": program, "first-cjs.cts": program };
}

/** Reads the first two events with curl, as the README shows them. */
async function expectTime(url: string): Promise<void> {
  const curl = spawn("curl", ["-sN", url], { stdio: ["ignore", "pipe", "inherit"] });
  let printed = "";
  curl.stdout.setEncoding("utf8").on("data", (text: string) => {
    printed += text;
  });
  try {
    await vi.waitUntil(() => printed.split("\n\n").length > 2, untilPrinted);
    expect(printed).toMatch(/^event: time\nid: 0\ndata: \S+Z\n\nevent: time\nid: 1\ndata: \S+Z\n\n/);
  } finally {
    curl.kill();
  }
}

/** Installs a project with the programs of a fixture before the tests of the surrounding suite. */
function project(
  fixture: string,
  install: () => string[] | Promise<string[]>,
  texts?: () => Record<string, string>,
): () => Consumer {
  let consumer: Consumer | undefined;
  beforeAll(async () => {
    const programs = fileURLToPath(new URL(`../fixtures/${fixture}`, import.meta.url));
    consumer = await createConsumer({ install: await install(), programs, texts: texts?.() ?? {} });
  });
  afterAll(() => consumer?.remove());
  return () => {
    if (consumer === undefined) throw new Error("the project was not installed");
    return consumer;
  };
}

/** Connects with curl, lets the server publish, and waits until curl prints the event. */
async function expectGreeting(url: string): Promise<void> {
  const curl = spawn("curl", ["-sNi", `${url}/events?topic=any`], { stdio: ["ignore", "pipe", "inherit"] });
  let printed = "";
  curl.stdout.setEncoding("utf8").on("data", (text: string) => {
    printed += text;
  });
  try {
    await vi.waitUntil(() => printed.includes("sse:live"), untilPrinted);
    expect(printed).toMatch(/^content-type: text\/event-stream\r$/im);
    const id = await (await fetch(`${url}/greet`, { method: "POST" })).text();
    await vi.waitUntil(() => printed.includes("data: hello\n\n"), untilPrinted);
    expect(printed).toContain(`event: greeting\nid: ${id}\ndata: hello\n\n`);
  } finally {
    curl.kill();
  }
}
