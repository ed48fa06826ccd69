import type { EventStream } from "@sse/core";
import { createHub } from "@sse/hub";
import type { EventStreamHandlerOptions } from "@sse/node";
import { expect, onTestFinished } from "vitest";
import type { AdapterSubject, Application } from "./adapters/subject.js";
import { type Attempt, attemptHttp1, attemptHttp2 } from "./client.js";
import { type ProxyServer, type ProxySettings, startProxy } from "./proxies.js";

/** Requests the path `/` of an application, through what is in front of it. */
export type Ask = (headers?: Record<string, string>) => Attempt;

/** Starts an application behind something, until the end of the test. */
export type StartBehind = (routes: Application["routes"]) => Promise<Ask>;

/** Starts an application; if it is behind middleware, that is a part of the subject. */
export async function startAlone(subject: AdapterSubject, routes: Application["routes"]): Promise<Ask> {
  return askAt(await portOf(subject, routes));
}

/** Starts an application behind a proxy. */
export async function startBehindProxy(
  proxy: ProxyServer,
  subject: AdapterSubject,
  routes: Application["routes"],
  { http2 = false, compress = false, ...settings }: Partial<ProxySettings> = {},
): Promise<Ask> {
  const application = await portOf(subject, routes);
  const { port, stop } = await startProxy(proxy, { application, http2, compress, ...settings });
  onTestFinished(stop);
  return askAt(port, http2);
}

/**
 * Expects that each event arrives at once and uncompressed, and that the application notices when
 * the client leaves.
 */
export async function expectDelivery(start: StartBehind, options?: EventStreamHandlerOptions): Promise<void> {
  let stream: EventStream | undefined;
  const opened = (one: EventStream): void => {
    stream = one;
  };
  const ask = await start({ "/": { stream: opened, ...(options && { options }) } });
  const { headers, body, leave } = await ask().response;
  expect(headers["content-type"]).toBe("text/event-stream");
  expect(headers["content-encoding"]).toBeUndefined();
  await body.until(":\n");
  for (const data of ["1", "2", "3"]) {
    await stream?.send({ data });
    await body.until(`data: ${data}\n\n`);
  }
  leave();
  await stream?.done;
}

/** Expects that a client resumes from its last event id. */
export async function expectResume(start: StartBehind): Promise<void> {
  const hub = createHub();
  const seen = await hub.broadcast({ data: "seen" });
  await hub.broadcast({ data: "missed" });
  const ask = await start({ "/": { hub } });
  const { body } = await ask({ "Last-Event-ID": seen }).response;
  const text = await body.until("event: sse:live");
  expect(text.match(/^data: \w+$/gm)).toEqual(["data: missed"]);
  await hub.close();
  expect(await body.end).toBe("ended");
}

async function portOf(subject: AdapterSubject, routes: Application["routes"]): Promise<number> {
  const { port, stop } = await subject.start({ routes, headers: {}, onError: () => {} });
  onTestFinished(stop);
  return port;
}

function askAt(port: number, http2 = false): Ask {
  const attemptOn = http2 ? attemptHttp2 : attemptHttp1;
  return (headers = {}) => {
    const attempt = attemptOn(port, "/", { headers });
    onTestFinished(attempt.leave);
    return attempt;
  };
}
