import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { createHub, type Run } from "@sse/hub";
import { isSseError, runStream } from "@sse/node";
import { createLog } from "../create-log.js";
import type { InstanceSettings } from "../instance.js";
import { type AnswerRequest, type ProducerLine, tokenOf } from "./answer.js";

/**
 * A server of an application that answers by runs. Prints its port once it listens, and then what
 * its producers do.
 *
 * - `POST /runs/<request>` starts a run, `PUT` takes it over and goes on after its last token;
 * - `GET /runs/<id>` is its stream, and `DELETE` cancels it.
 */
const settings = JSON.parse(process.argv[2]!) as InstanceSettings;
const hub = createHub({
  log: createLog(settings),
  heartbeat: { interval: 500 },
  cluster: { interval: 200, timeout: 4_000 },
  window: { maxEvents: 40 },
});
const stream = runStream(hub, ({ url }) => ({ run: nameIn(url) }));

const server = createServer((request, response) => {
  if (request.method === "GET") stream(request, response);
  else void respond(request, response);
});
server.listen(settings.port, "127.0.0.1", () => console.log((server.address() as AddressInfo).port));

async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const name = nameIn(request.url);
  try {
    if (request.method === "DELETE") {
      const state = await (await hub.findRun(name))?.cancel("stop");
      response.writeHead(state === undefined ? 404 : 200).end(state);
      return;
    }
    await (request.method === "PUT" ? resume(JSON.parse(name)) : start(JSON.parse(name)));
    response.writeHead(201).end();
  } catch (error) {
    const code = isSseError(error) ? error.code : String(error);
    response.writeHead(code.startsWith("run-") ? 409 : 503).end(code);
  }
}

async function start(request: AnswerRequest): Promise<void> {
  const run = await hub.run(request.run);
  print({ run: run.id, what: "called", count: 0 });
  void produce(run, request, 0);
}

async function resume(request: AnswerRequest): Promise<void> {
  const run = await hub.resumeRun(request.run);
  void produceRest(run, request);
}

/** The run has no other producer, so that its tokens are counted until the log can be read. */
async function produceRest(run: Run, request: AnswerRequest): Promise<void> {
  print({ run: run.id, what: "resumed", count: 0 });
  let count: number | undefined;
  while (count === undefined && !run.signal.aborted) {
    count = await countEvents(run).catch(() => undefined);
    if (count === undefined) await delay(100);
  }
  await produce(run, request, count ?? 0);
}

async function countEvents(run: Run): Promise<number> {
  let count = 0;
  for await (const _ of run.events()) count += 1;
  return count;
}

async function produce(run: Run, request: AnswerRequest, from: number): Promise<void> {
  let count = from;
  try {
    if (request.burst === 1) await run.pipe(model(request, from, run.signal, (n) => (count = n)));
    else await produceInBursts(run, request, from, (n) => (count = n));
  } finally {
    print({ run: run.id, what: "over", count });
  }
}

/** Yields each token after the one before has been stored. */
async function* model(
  { run, tokens, pace }: AnswerRequest,
  from: number,
  signal: AbortSignal,
  onStored: (n: number) => void,
) {
  for (let n = from; n < tokens; n += 1) {
    await delay(pace * Math.random(), undefined, { signal }).catch(() => {});
    if (signal.aborted) return;
    yield eventOf(run, n);
    stored(run, n + 1, onStored);
  }
}

async function produceInBursts(
  run: Run,
  { tokens, pace, burst }: AnswerRequest,
  from: number,
  onStored: (n: number) => void,
): Promise<void> {
  for (let n = from; n < tokens && !run.signal.aborted; n += burst) {
    const end = Math.min(tokens, n + burst);
    const appended = Array.from({ length: end - n }, (_, i) => run.append(eventOf(run.id, n + i)));
    const isStored = await Promise.all(appended).then(
      () => true,
      () => false,
    );
    if (!isStored) return;
    stored(run.id, end, onStored);
    await delay(pace * burst * Math.random(), undefined, { signal: run.signal }).catch(() => {});
  }
  if (!run.signal.aborted) await run.complete();
}

function stored(run: string, count: number, onStored: (n: number) => void): void {
  onStored(count);
  print({ run, what: "stored", count });
}

function eventOf(run: string, n: number) {
  return { event: "token", data: { n, text: tokenOf(run, n) } };
}

function nameIn(url = ""): string {
  return decodeURIComponent(url.slice("/runs/".length));
}

function print(line: ProducerLine): void {
  console.log(JSON.stringify(line));
}
