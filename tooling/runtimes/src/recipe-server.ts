import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { connect, createServer } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import type { Recipe } from "./recipes.js";
import type { Runtime } from "./runtimes.js";

const npm = fileURLToPath(new URL("../npm", import.meta.url));

/**
 * The room of the recipes, with short times, a second hub that sends no heartbeats (`?quiet`), and
 * its state for requests with an `x-state` header.
 */
const room = `
import { createHub, hubStream, publishEndpoint } from "@sse/web";

export function createRoom() {
  const hub = createHub({ heartbeat: { interval: 1_000 }, slowReader: { stallTimeout: 2_000 } });
  const quiet = createHub({ heartbeat: { interval: 3_600_000 } });
  const [events, silence] = [hubStream(hub), hubStream(quiet)];
  return {
    publish: publishEndpoint(hub, { authorize: () => true }),
    events: (request, ...rest) => {
      if (request.headers.has("x-state")) {
        return Response.json({ connections: hub.connectionCount(), rss: globalThis.process?.memoryUsage?.().rss });
      }
      return (request.url.includes("quiet") ? silence : events)(request, ...rest);
    },
  };
}
`;

/** A recipe that serves on 127.0.0.1. */
export interface RecipeServer {
  readonly port: number;
  /** The end of what the program has printed. */
  output(): string;
  stop(): Promise<void>;
}

/** Starts a recipe. */
export async function startRecipe({ file }: Recipe, runtime: Runtime): Promise<RecipeServer> {
  // Beside the installed packages, so that it finds them.
  const folder = mkdtempSync(join(npm, ".run-"));
  copyFileSync(join(npm, "recipes", file), join(folder, file));
  writeFileSync(join(folder, "room.mjs"), room);
  const port = await freePort();
  const args = runtime.name === "workerd" ? await bundleWorker(folder, file, port) : [join(folder, file)];
  const [program = "", ...options] = runtime.command;
  const child = spawn(program, [...options, ...args], {
    cwd: folder,
    env: { ...process.env, PORT: String(port) },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const output = outputOf(child);
  const stop = async (): Promise<void> => {
    // workerd waits for open streams at any other signal.
    child.kill("SIGKILL");
    if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
    rmSync(folder, { recursive: true });
  };
  if (!(await accepts(port, child))) {
    await stop();
    throw new Error(`the program does not listen: ${output()}`);
  }
  return { port, output, stop };
}

/** Returns the arguments of workerd for a worker with one Durable Object. */
async function bundleWorker(folder: string, file: string, port: number): Promise<string[]> {
  await build({
    entryPoints: [join(folder, file)],
    outfile: join(folder, "worker.js"),
    bundle: true,
    format: "esm",
    platform: "neutral",
    mainFields: ["module", "main"],
    external: ["cloudflare:workers"],
    logLevel: "error",
  });
  const config = join(folder, "worker.capnp");
  writeFileSync(
    config,
    `using Workerd = import "/workerd/workerd.capnp";
    const config :Workerd.Config = (
      services = [(name = "main", worker = .worker)],
      sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "main")]
    );
    const worker :Workerd.Worker = (
      modules = [(name = "worker.js", esModule = embed "worker.js")],
      compatibilityDate = "2026-01-01",
      durableObjectNamespaces = [(className = "Room", uniqueKey = "room")],
      durableObjectStorage = (inMemory = void),
      bindings = [(name = "ROOM", durableObjectNamespace = "Room")]
    );`,
  );
  return ["serve", config];
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

function outputOf(child: ChildProcess): () => string {
  let text = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on("data", (chunk: Buffer) => {
      text = (text + chunk.toString()).slice(-2_000);
    });
  }
  return () => text;
}

/** Whether the program listens within ten seconds. */
async function accepts(port: number, child: ChildProcess): Promise<boolean> {
  const deadline = performance.now() + 10_000;
  while (performance.now() < deadline && child.exitCode === null) {
    const socket = connect(port, "127.0.0.1");
    const accepted = await new Promise<boolean>((resolve) => {
      socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
    });
    socket.destroy();
    if (accepted) return true;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return false;
}
