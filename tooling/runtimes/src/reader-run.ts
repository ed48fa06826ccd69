import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { isDeepStrictEqual, promisify } from "node:util";
import { createHub, type Hub, hubStream } from "@sse/node";
import { openCuttingLink } from "./cutting-link.js";
import { inParallel } from "./in-parallel.js";
import { accepts, freePort } from "./ports.js";
import { npm, type Runtime } from "./runtimes.js";
import { bundleWorker, type WorkerSettings } from "./worker.js";

/** The readers of the client on one runtime. */
export interface ReaderRun {
  readonly runtime: Runtime;
  /** A line for each failure. */
  readonly failures: readonly string[];
}

/** The numbers that each reader received. */
interface Received {
  readonly class: readonly number[];
  readonly client: readonly number[];
}

/** Compatibility dates of workerd between which the globals of Workers differ. */
const workers: readonly WorkerSettings[] = [
  { date: "2022-01-01", room: false },
  { date: "2024-10-01", flags: ["nodejs_compat"], room: false },
  { date: "2025-07-01", room: false },
  { date: "2026-01-01", flags: ["nodejs_compat"], room: false },
];

const count = 300;
const numbers = Array.from({ length: count }, (_, index) => index + 1);

/** Milliseconds for which a reader may last. It takes two seconds on an idle machine. */
const timeout = 240_000;

/**
 * Lets each runtime read 300 events through random disconnects, by `createEventSource` and by the
 * `EventSource` class. Each has to receive every event once and in order.
 *
 * @param onRun receives each result as it comes.
 */
export async function runReaders(
  runtimes: readonly Runtime[],
  onRun: (run: ReaderRun) => void,
): Promise<ReaderRun[]> {
  return inParallel(3, runtimes, async (runtime) => {
    const failures =
      runtime.name === "workerd"
        ? await Promise.all(workers.map((worker) => failureOf((url) => readByWorker(runtime, worker, url))))
        : [await failureOf((url) => readByScript(runtime, url))];
    const run = { runtime, failures: failures.filter((failure) => failure !== undefined) };
    console.log(`readers on ${runtime.name}: ${run.failures.join("; ") || "every event once and in order"}`);
    onRun(run);
    return run;
  });
}

/** Returns what was wrong with a reader, if anything. */
async function failureOf(read: (url: string) => Promise<Received>): Promise<string | undefined> {
  const hub = createHub({ retry: 20 });
  const server = createServer(hubStream(hub)).listen(0, "127.0.0.1");
  await once(server, "listening");
  const link = await openCuttingLink((server.address() as AddressInfo).port);
  const stopped = new AbortController();
  try {
    void publishNumbers(hub, stopped.signal);
    const received = await read(`http://127.0.0.1:${link.port}/`);
    if (!isDeepStrictEqual(received, { class: numbers, client: numbers })) return JSON.stringify(received);
    return link.connections() > 4 ? undefined : "the connections were not cut";
  } catch (error) {
    return String(error);
  } finally {
    stopped.abort();
    link.close();
    server.closeAllConnections();
    server.close();
    await hub.close();
  }
}

async function publishNumbers(hub: Hub, stopped: AbortSignal): Promise<void> {
  while (hub.connectionCount() < 2 && !stopped.aborted) await sleep(10);
  for (const number of numbers) {
    if (stopped.aborted) return;
    await hub.broadcast({ event: "n", data: number });
    if (number % 5 === 0) await sleep(5);
  }
}

async function readByScript({ command }: Runtime, url: string): Promise<Received> {
  const [program = "", ...args] = command;
  const script = [join(npm, "reader.mjs"), url, String(count)];
  const { stdout } = await promisify(execFile)(program, [...args, ...script], { timeout });
  return JSON.parse(stdout);
}

async function readByWorker(workerd: Runtime, worker: WorkerSettings, url: string): Promise<Received> {
  const folder = mkdtempSync(join(npm, ".run-"));
  for (const file of ["reader.mjs", "reader-worker.mjs"]) copyFileSync(join(npm, file), join(folder, file));
  const port = await freePort();
  const [program = ""] = workerd.command;
  const child = spawn(program, await bundleWorker(folder, "reader-worker.mjs", port, worker), {
    cwd: folder,
    stdio: "ignore",
  });
  try {
    if (!(await accepts(port, child))) throw new Error("workerd does not listen");
    const query = new URLSearchParams({ url, count: String(count) });
    const signal = AbortSignal.timeout(timeout);
    return (await (await fetch(`http://127.0.0.1:${port}/?${query}`, { signal })).json()) as Received;
  } finally {
    child.kill("SIGKILL");
    rmSync(folder, { recursive: true });
  }
}
