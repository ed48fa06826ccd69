import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fastifySse from "@fastify/sse";
import { getRequestListener } from "@hono/node-server";
import { createSession } from "better-sse";
import compression from "compression";
import express from "express";
import fastify from "fastify";
import { Hono } from "hono";
import { streamSSE } from "hono/streaming";
import { afterEach, expect, test } from "vitest";
import { createEventSource } from "../src/index.js";
import { type Listening, listen } from "./support/servers.js";

const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

/**
 * Returns the event that every server sends next, as JSON: to a client at event n the events n + 1
 * to n + 3. Then it ends the stream.
 */
function nextOf(lastEventId: string | null | undefined): { id: string; event: string; data: unknown }[] {
  const from = Number(lastEventId ?? 0);
  return [1, 2, 3].map((step) => ({
    id: `${from + step}`,
    event: "n",
    data: payload(from + step),
  }));
}

function payload(n: number): unknown {
  return { n, text: "two\nlines, ä" };
}

function headerOf(request: { headers: NodeJS.Dict<string | string[]> }): string | undefined {
  return request.headers["last-event-id"]?.toString();
}

function betterSse(): Promise<Listening> {
  return listen(async (request, response) => {
    const session = await createSession(request, response, { retry: 1 });
    for (const { id, event, data } of nextOf(headerOf(request))) session.push(data, event, id);
    setImmediate(() => response.end());
  });
}

function hono(): Promise<Listening> {
  const app = new Hono();
  app.get("/", (context) =>
    streamSSE(context, async (stream) => {
      for (const { data, ...event } of nextOf(context.req.header("last-event-id"))) {
        await stream.writeSSE({ ...event, data: JSON.stringify(data) });
      }
    }),
  );
  return listen(getRequestListener(app.fetch));
}

async function fastifyWithPlugin(): Promise<Listening> {
  const app = fastify();
  await app.register(fastifySse as never);
  app.get("/", { sse: true } as object, async (request, reply) => {
    const { sse } = reply as unknown as { sse: { send(event: object): Promise<void>; close(): void } };
    for (const event of nextOf(headerOf(request))) await sse.send(event);
    sse.close();
  });
  await app.ready();
  return listen(app.server);
}

/**
 * Compressed: what a middleware does to a stream whose server does not forbid it, flushing each
 * event.
 */
function expressWithCompression(): Promise<Listening> {
  const app = express();
  app.use(compression({ filter: () => true, threshold: 0 }));
  app.get("/", (request, response) => {
    response.writeHead(200, { "content-type": "text/event-stream; charset=utf-8" });
    for (const { id, event, data } of nextOf(headerOf(request))) {
      response.write(`id: ${id}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
      response.flush();
    }
    response.end();
  });
  return listen(createServer(app));
}

const nginx = ["/usr/sbin/nginx", "/usr/bin/nginx", "/usr/local/bin/nginx"].find(existsSync);

/** An nginx as its packages configure it: HTTP/1.0 upstream, buffering on. */
async function behindNginx(upstream: Listening): Promise<Listening> {
  const folder = await mkdtemp(join(tmpdir(), "sse-nginx-"));
  const probe = await listen(() => {});
  await probe.close();
  const paths = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(
    (name) => `${name}_temp_path ${folder}/${name};`,
  );
  const configuration = `daemon off; master_process off; pid ${folder}/pid; error_log ${folder}/error.log;
    events {} http { access_log off; ${paths.join(" ")} gzip on; gzip_types text/event-stream; gzip_min_length 1;
      server { listen 127.0.0.1:${probe.port}; location / { proxy_pass ${upstream.url}; } } }`;
  await writeFile(join(folder, "nginx.conf"), configuration);
  const server = spawn(nginx ?? "", ["-p", folder, "-c", join(folder, "nginx.conf")], { stdio: "ignore" });
  const exited = new Promise((resolve) => server.on("exit", resolve));
  await untilListening(probe.port);
  return {
    ...probe,
    async close() {
      server.kill("SIGTERM");
      await exited;
      await rm(folder, { recursive: true });
    },
  };
}

async function untilListening(port: number): Promise<void> {
  for (let attempts = 0; attempts < 500; attempts++) {
    const open = await new Promise<boolean>((resolve) => {
      const socket = connect(port, "127.0.0.1", () => resolve(true));
      socket.on("connect", () => socket.destroy());
      socket.on("error", () => setTimeout(resolve, 10, false));
    });
    if (open) return;
  }
  throw new Error(`nothing listens on port ${port}`);
}

const servers: [string, () => Promise<Listening>][] = [
  ["better-sse", betterSse],
  ["hono", hono],
  ["@fastify/sse", fastifyWithPlugin],
  ["express with compression", expressWithCompression],
];

test.each(servers)("events of %s come once and in order, over three connections", async (_name, start) => {
  const server = await start();
  cleanUps.push(server.close);
  expect(await takeNine(server.url)).toEqual(nine);
});

test.skipIf(!nginx)("also through nginx as it is configured by default", async () => {
  const upstream = await expressWithCompression();
  cleanUps.push(upstream.close);
  const proxy = await behindNginx(upstream);
  cleanUps.push(proxy.close);
  expect(await takeNine(proxy.url)).toEqual(nine);
});

const nine = Array.from({ length: 9 }, (_, index) => ["n", payload(index + 1), `${index + 1}`]);

async function takeNine(url: string): Promise<unknown[]> {
  const taken: unknown[] = [];
  const source = createEventSource(url, { decode: "json", retry: { initialDelay: 1, jitter: 0, factor: 1 } });
  for await (const { event, data, id } of source) {
    // A server may say what it likes besides.
    if (event === "n") taken.push([event, data, id]);
    if (taken.length === 9) break;
  }
  expect(source.stats.opened).toBe(3);
  return taken;
}
