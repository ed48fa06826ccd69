import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { buildApplication } from "./application.js";
import { accepts, freePort } from "./ports.js";
import type { Recipe } from "./recipes.js";
import { roomOf } from "./room.js";
import { npm, type Runtime } from "./runtimes.js";
import { bundleWorker } from "./worker.js";

/** A recipe that serves on 127.0.0.1. */
export interface RecipeServer {
  readonly port: number;
  /** The end of what the program has printed. */
  output(): string;
  stop(): Promise<void>;
}

/** Starts a recipe. */
export async function startRecipe(recipe: Recipe, runtime: Runtime): Promise<RecipeServer> {
  const port = await freePort();
  const { folder, args } = await prepare(recipe, runtime, port);
  const [program = "", ...options] = runtime.command;
  const child = spawn(program, [...options, ...args], {
    cwd: folder,
    env: { ...process.env, ...limits, PORT: String(port), HOST: "127.0.0.1" },
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

/** A program that is ready to run in its folder. */
interface Prepared {
  readonly folder: string;
  readonly args: readonly string[];
}

async function prepare(
  { file, adapter = "@sse/web", framework }: Recipe,
  { name }: Runtime,
  port: number,
): Promise<Prepared> {
  if (framework !== undefined) {
    const folder = await buildApplication(framework, adapter);
    return { folder, args: [join(folder, file), ...(framework.args ?? [])] };
  }
  // Beside the installed packages, so that it finds them.
  const folder = mkdtempSync(join(npm, ".run-"));
  copyFileSync(join(npm, "recipes", file), join(folder, file));
  writeFileSync(join(folder, "room.mjs"), roomOf(adapter));
  const args = name === "workerd" ? await bundleWorker(folder, file, port, worker) : [join(folder, file)];
  return { folder, args };
}

const worker = { date: "2026-01-01", room: true };

/** SvelteKit accepts bodies of 512 KiB by default; the checks publish more at once. */
const limits = { BODY_SIZE_LIMIT: "Infinity" };

function outputOf(child: ChildProcess): () => string {
  let text = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on("data", (chunk: Buffer) => {
      text = (text + chunk.toString()).slice(-2_000);
    });
  }
  return () => text;
}
