import { spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { accepts, freePort } from "./ports.js";
import { npm, type Runtime } from "./runtimes.js";
import { bundleWorker, type WorkerSettings } from "./worker.js";

/** Compatibility dates between which the globals of Workers differ. */
const settings: readonly WorkerSettings[] = [
  { date: "2022-01-01", room: false },
  { date: "2024-10-01", flags: ["nodejs_compat"], room: false },
  { date: "2025-07-01", room: false },
  { date: "2026-01-01", flags: ["nodejs_compat"], room: false },
];

const expected = { byClass: ["open", "1", "2", "3"], byClient: ["1", "2", "3"] };

/**
 * Runs the client and the class on workerd, under several compatibility dates.
 *
 * @returns what was wrong; empty if nothing was.
 */
export async function runWorkerClients(workerd: Runtime): Promise<string[]> {
  const server = createServer((_request, response) => {
    response.writeHead(200, { "Content-Type": "text/event-stream" });
    response.write("data: 1\n\ndata: 2\n\ndata: 3\n\n");
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const failures: string[] = [];
  for (const worker of settings) {
    const name = `the client on workerd, ${[worker.date, ...(worker.flags ?? [])].join(", ")}`;
    const seen = await receivedBy(workerd, worker, server).catch(String);
    const right = isDeepStrictEqual(seen, expected);
    console.log(`${name}: ${right ? "1 of 1" : `failed: ${JSON.stringify(seen)}`}`);
    if (!right) failures.push(name);
  }
  server.closeAllConnections();
  server.close();
  return failures;
}

async function receivedBy(workerd: Runtime, worker: WorkerSettings, server: Server): Promise<unknown> {
  const folder = mkdtempSync(join(npm, ".run-"));
  copyFileSync(join(npm, "worker-client.mjs"), join(folder, "client.mjs"));
  const port = await freePort();
  const [program = ""] = workerd.command;
  const args = await bundleWorker(folder, "client.mjs", port, worker);
  const child = spawn(program, args, { cwd: folder, stdio: "ignore" });
  try {
    if (!(await accepts(port, child))) throw new Error("workerd does not listen");
    const stream = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    return await (await fetch(`http://127.0.0.1:${port}/?url=${encodeURIComponent(stream)}`)).json();
  } finally {
    child.kill("SIGKILL");
    rmSync(folder, { recursive: true });
  }
}
