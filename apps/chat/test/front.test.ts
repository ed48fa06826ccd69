import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { startFront } from "../src/front.js";

/** A server that says its name, and its port. */
async function startNamed(name: string): Promise<number> {
  const server = createServer((_request, response) => response.end(name));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

async function startFrontOf(ports: () => readonly number[]): Promise<string> {
  const front = await startFront(ports, 0);
  onTestFinished(() => front.close());
  return `http://127.0.0.1:${front.port}`;
}

/** Asks on a connection of its own. */
async function ask(url: string): Promise<string> {
  return (await fetch(url, { headers: { connection: "close" } })).text();
}

test("connections are passed on to each instance in turn", async () => {
  const ports = [await startNamed("one"), await startNamed("two")];
  const url = await startFrontOf(() => ports);
  expect([await ask(url), await ask(url), await ask(url)]).toEqual(["one", "two", "one"]);
});

test("where no instance answers the next one is asked", async () => {
  const gone = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => gone.once("listening", resolve));
  const { port } = gone.address() as AddressInfo;
  await new Promise((resolve) => gone.close(resolve));
  const ports = [port, await startNamed("two")];
  const url = await startFrontOf(() => ports);
  expect([await ask(url), await ask(url)]).toEqual(["two", "two"]);
});

test("without any instance the connection ends at once", async () => {
  const url = await startFrontOf(() => []);
  await expect(ask(url)).rejects.toThrow("fetch failed");
});
