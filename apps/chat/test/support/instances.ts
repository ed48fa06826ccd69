import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { Engine, type EngineOptions } from "@sse/engines";
import { onTestFinished } from "vitest";

const folder = fileURLToPath(new URL("../..", import.meta.url));

/** The chat as `npm start` runs it, from its sources. */
export interface StartedChat {
  readonly url: string;
  /** The processes of its instances. */
  readonly processes: readonly number[];
}

/**
 * Starts the chat on an engine, and resolves once it prints its address. It ends with the test.
 *
 * @param variable the environment variable that names the engine's URL.
 */
export async function startOn(
  options: EngineOptions,
  variable: string,
  scheme: string,
): Promise<StartedChat> {
  const engine = await Engine.start(options);
  onTestFinished(() => engine.dispose());
  const chat = spawn(process.execPath, ["--conditions=@sse/source", "--import", "tsx", "src/main.ts"], {
    cwd: folder,
    env: { ...process.env, PORT: "0", [variable]: `${scheme}://127.0.0.1:${engine.port}` },
    stdio: ["ignore", "pipe", "inherit"],
  });
  onTestFinished(() => end(chat));
  const [line] = await Promise.race([
    once(createInterface({ input: chat.stdout }), "line"),
    once(chat, "exit").then(() => Promise.reject(new Error("the chat did not start"))),
  ]);
  return {
    url: line.match(/http:\/\/localhost:\d+/)![0],
    processes: [...line.matchAll(/process (\d+)/g)].map(([, id]) => Number(id)),
  };
}

async function end(chat: ChildProcess): Promise<void> {
  if (chat.exitCode !== null || chat.signalCode !== null) return;
  const exit = once(chat, "exit");
  chat.kill("SIGTERM");
  await exit;
}
