import { createConnection, type Socket } from "node:net";
import { createHub, type Hub } from "@sse/hub";
import { expect, onTestFinished, test } from "vitest";
import { hubStream, type NodeHandler } from "../src/index.js";
import { http1, until } from "./support/server.js";

const get = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`;

/** A server whose `/slow` is answered by `release()`, and all else by a hub. */
async function open(): Promise<{
  hub: Hub;
  requests: string[];
  release: () => void;
  socket: Socket;
}> {
  const hub = createHub();
  const requests: string[] = [];
  let release = (): void => {};
  const events: NodeHandler = hubStream(hub, (request) => {
    requests.push(request.url ?? "");
    return {};
  });
  const { port } = await http1((request, response) => {
    if (request.url !== "/slow") return events(request, response);
    release = () => void response.end("slow");
  });
  const socket = createConnection(port, "127.0.0.1");
  onTestFinished(() => void socket.destroy());
  return { hub, requests, release: () => release(), socket };
}

test("streams that a client pipelines behind another are no connections of a hub", async () => {
  const { hub, requests, socket } = await open();
  socket.write(get("/1").repeat(5));
  await until(() => requests.length > 0);
  await hub.broadcast({ data: "x" });
  expect([hub.connectionCount(), requests]).toEqual([1, ["/1"]]);
  socket.destroy();
  await until(() => hub.connectionCount() === 0);
  expect(requests).toHaveLength(1);
});

test("a stream that waited for its turn starts when that comes", async () => {
  const { hub, release, socket } = await open();
  let text = "";
  socket.setEncoding("utf8").on("data", (chunk: string) => {
    text += chunk;
  });
  socket.write(get("/slow") + get("/1"));
  await until(() => socket.bytesWritten > 0);
  expect(hub.connectionCount()).toBe(0);
  await until(() => {
    release();
    return text.includes("sse:live");
  });
  expect(text).toMatch(/^HTTP\/1\.1 200 [\s\S]*slow[\s\S]*HTTP\/1\.1 200 /);
});

test("a connection on which too many streams wait is destroyed", async () => {
  const { hub, socket } = await open();
  const closed = new Promise((resolve) => socket.on("close", resolve));
  socket.on("error", () => {});
  const warnings: Error[] = [];
  const onWarning = (warning: Error): void => void warnings.push(warning);
  process.on("warning", onWarning);
  socket.resume().write(get("/1").repeat(2_000));
  await closed;
  await until(() => hub.connectionCount() === 0);
  process.off("warning", onWarning);
  expect(warnings).toEqual([]);
});
