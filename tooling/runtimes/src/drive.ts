import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { createEventSource } from "@sse/client";
import { openCuttingLink } from "./cutting-link.js";

/** One thing that a server of the room has to do. */
export interface Check {
  /** The head of its column in the table. */
  readonly name: string;
  /** Whether it is slow and leaves the others alone. Default false. */
  readonly beside?: boolean;
  /** Rejects when the server does not. */
  run(port: number): Promise<void>;
}

export const checks: readonly Check[] = [
  { name: "each event at once", run: deliversAtOnce },
  { name: "resume, every event once", run: resumesWithoutLoss },
  { name: "406, 415", run: answersPlainly },
  { name: "leaving noticed", run: noticesLeaving },
  { name: "never-reading client", run: disconnectsStalledClient },
  { name: "12 s of silence", beside: true, run: staysOpenInSilence },
];

/** One connection to `/events`. */
class Client {
  text = "";
  closed = false;
  readonly #response: IncomingMessage;

  private constructor(response: IncomingMessage) {
    this.#response = response;
    response.on("data", (chunk: Buffer) => {
      this.text += chunk.toString();
    });
    response.on("error", () => {});
    response.on("close", () => {
      this.closed = true;
    });
  }

  static async connect(port: number, query = ""): Promise<Client> {
    return new Client(await send(port, "GET", `/events${query}`));
  }

  get status(): number {
    return this.#response.statusCode ?? 0;
  }

  /** The numbers in the whole events. */
  get numbers(): number[] {
    const whole = this.text.slice(0, this.text.lastIndexOf("\n\n") + 1);
    return [...whole.matchAll(/^data: (\d+)$/gm)].map(([, number]) => Number(number));
  }

  pause(): void {
    this.#response.pause();
  }

  leave(how: "destroy" | "resetAndDestroy"): void {
    this.#response.socket[how]();
  }
}

async function send(
  port: number,
  method: string,
  path: string,
  headers: Record<string, string> = {},
  body = "",
): Promise<IncomingMessage> {
  const length = body === "" ? {} : { "Content-Length": String(Buffer.byteLength(body)) };
  const options = { host: "127.0.0.1", port, method, path, headers: { ...headers, ...length }, agent: false };
  const outgoing = request(options).end(body);
  const [response] = await once(outgoing, "response");
  return response;
}

async function publish(port: number, events: readonly unknown[]): Promise<void> {
  const body = JSON.stringify({ events: events.map((data) => ({ event: "n", data })) });
  const response = await send(port, "POST", "/publish", { "Content-Type": "application/json" }, body);
  for await (const _ of response);
  if (response.statusCode !== 200) throw new Error(`publishing was answered with ${response.statusCode}`);
}

interface State {
  readonly connections: number;
  /** Undefined where the runtime does not report it. */
  readonly rss?: number;
}

async function stateOf(port: number): Promise<State> {
  const response = await send(port, "GET", "/events", { "x-state": "1" });
  let text = "";
  for await (const chunk of response) text += chunk;
  return JSON.parse(text);
}

/** Waits until a condition holds; a server that is slow, on a busy machine, is none that fails. */
async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  const limit = 100_000;
  const deadline = performance.now() + limit;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`${what}: not within ${limit} ms`);
    await sleep(10);
  }
}

async function deliversAtOnce(port: number): Promise<void> {
  const client = await Client.connect(port);
  await until("sse:live", () => client.text.includes("sse:live"));
  // The next one is published only when this one has arrived: nothing may wait for more.
  for (const number of [1, 2, 3, 4, 5]) {
    await publish(port, [number]);
    await until(`event ${number}`, () => client.numbers.includes(number));
  }
  client.leave("destroy");
}

/** By `@sse/client`, whose every connection is cut. */
async function resumesWithoutLoss(port: number): Promise<void> {
  const count = 300;
  const link = await openCuttingLink(port);
  const source = createEventSource(`http://127.0.0.1:${link.port}/events`);
  const received: unknown[] = [];
  let [live, gaps] = [false, 0];
  source.on("n", ({ data }) => void received.push(data));
  source.onLifecycle("live", () => {
    live = true;
  });
  source.onLifecycle("gap", () => {
    gaps += 1;
  });
  const numbers = Array.from({ length: count }, (_, index) => index + 1_000);
  try {
    await until("sse:live", () => live);
    for (let at = 0; at < count; at += 5) await publish(port, numbers.slice(at, at + 5));
    await until(`${count} events`, () => received.length >= count);
  } finally {
    source.close();
    link.close();
  }
  if (gaps > 0) throw new Error(`${gaps} gaps, though nothing was evicted`);
  if (received.join() !== numbers.join()) throw new Error(`received ${received.join()}`);
  if (link.connections() < 3) throw new Error("the connections were not cut");
}

async function answersPlainly(port: number): Promise<void> {
  const refused = await send(port, "GET", "/events", { Accept: "application/json" });
  if (refused.statusCode !== 406) throw new Error(`406 is ${refused.statusCode}`);
  const unknown = await send(port, "POST", "/publish", { "Content-Type": "application/xml" }, "x");
  if (unknown.statusCode !== 415) throw new Error(`415 is ${unknown.statusCode}`);
  for (const response of [refused, unknown]) response.resume();
}

/**
 * Heartbeats are sent each second: the one after the client left is the last that can go unnoticed.
 */
async function noticesLeaving(port: number): Promise<void> {
  await until("no connection", async () => (await stateOf(port)).connections === 0);
  for (const how of ["destroy", "resetAndDestroy"] as const) {
    const client = await Client.connect(port);
    await until("sse:live", () => client.text.includes("sse:live"));
    client.leave(how);
    await until(`leaving (${how})`, async () => (await stateOf(port)).connections === 0);
  }
}

async function disconnectsStalledClient(port: number): Promise<void> {
  const client = await Client.connect(port);
  await until("sse:live", () => client.text.includes("sse:live"));
  client.pause();
  const before = await stateOf(port);
  const filler = "x".repeat(16_000);
  // 48 MB: more than a kernel buffers.
  for (let round = 0; round < 50; round++)
    await publish(
      port,
      Array.from({ length: 60 }, () => filler),
    );
  const { rss = 0 } = await stateOf(port);
  const growth = Math.round((rss - (before.rss ?? 0)) / 1_048_576);
  // The log keeps what was published, and copies of it wait for the garbage collection.
  if (growth > 300) throw new Error(`memory grew by ${growth} MiB`);
  await until("the client is cut off", async () => (await stateOf(port)).connections === 0);
  client.leave("destroy");
}

async function staysOpenInSilence(port: number): Promise<void> {
  const client = await Client.connect(port, "?quiet");
  await until("sse:live", () => client.text.includes("sse:live"));
  await sleep(12_000);
  if (client.closed) throw new Error("closed");
  client.leave("destroy");
}
