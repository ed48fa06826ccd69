import { execFile } from "node:child_process";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { createContext, runInContext } from "node:vm";
import { build, type Format } from "esbuild";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { chromiumIsMissing } from "../support/chromium.js";
import { openPage } from "./side-by-side/browser.js";

async function bundle(format: Format): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL("../../src/eventsource/index.ts", import.meta.url))],
    bundle: true,
    write: false,
    format,
    globalName: "library",
    target: "es2022",
    conditions: ["@sse/source"],
  });
  return outputFiles[0]?.text ?? "";
}

test("importing needs nothing that is not ECMAScript, save EventTarget", async () => {
  const context = createContext({ EventTarget });
  runInContext(await bundle("iife"), context);
  expect(runInContext("Object.keys(library)", context)).toEqual(["EventSource"]);
});

test("a Node program ends by itself once its source is closed", async () => {
  const server = createServer((_request, response) => {
    response.writeHead(200, { "Content-Type": "text/event-stream" }).write("data: a\n\n");
  }).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const program = `${await bundle("iife")}
    const source = new library.EventSource("http://127.0.0.1:${(server.address() as AddressInfo).port}/");
    source.onmessage = (event) => { console.log(event.data); source.close(); };`;
  try {
    const { stdout } = await promisify(execFile)(process.execPath, ["-e", program], { timeout: 15_000 });
    expect(stdout).toBe("a\n");
  } finally {
    server.closeAllConnections();
    server.close();
  }
});

describe.skipIf(chromiumIsMissing())("in Chromium", () => {
  let browser: Awaited<ReturnType<typeof openPage>>;
  const server = createServer((request, response) => {
    const stream = request.url === "/stream";
    response.writeHead(200, { "Content-Type": stream ? "text/event-stream" : "text/html" });
    if (stream) response.write("id: 1\ndata: a\n\n");
    else response.end();
  });

  beforeAll(async () => {
    await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(undefined)));
    browser = await openPage(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  });

  afterAll(async () => {
    await browser?.close();
    server.closeAllConnections();
    server.close();
  });

  /** A worker's program: tells the first event of its stream. */
  const program = `
    const source = new library.EventSource(new URL("/stream", location.origin === "null" ? location.href.slice(5) : location.origin));
    source.onmessage = (event) => { source.close(); tell([event.data, event.lastEventId, source.readyState]); };`;

  test("it runs in a dedicated worker", async () => {
    const script = `${await bundle("iife")}\nconst tell = postMessage;\n${program}`;
    const message = await browser.page.evaluate(async (text) => {
      const worker = new Worker(URL.createObjectURL(new Blob([text])));
      return new Promise((resolve) => {
        worker.onmessage = ({ data }) => resolve(data);
      });
    }, script);
    expect(message).toEqual(["a", "1", 2]);
  });

  test("it runs in a shared worker", async () => {
    const script = `onconnect = ({ ports: [port] }) => { const tell = (x) => port.postMessage(x);\n${program} };\n${await bundle("iife")}`;
    const message = await browser.page.evaluate(async (text) => {
      const { port } = new SharedWorker(URL.createObjectURL(new Blob([text])));
      return new Promise((resolve) => {
        port.onmessage = ({ data }) => resolve(data);
      });
    }, script);
    expect(message).toEqual(["a", "1", 2]);
  });
});
