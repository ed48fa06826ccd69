import { writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { freePort } from "@sse/engines";
import type { Section } from "./blocks.js";
import { commandsOf } from "./commands.js";
import { type Expectation, expectationOf } from "./expectation.js";
import { ReadmeProcess } from "./process.js";
import { fileOf, isProgram, type ReadmeProject } from "./project.js";

/** The port that the READMEs use; each run uses a free one instead. */
const PORT = /\b3000\b/g;
/** Time limit for a program to listen, in milliseconds: only a hang reaches it. */
const LISTEN_TIMEOUT = 100_000;

/** Whether a section holds something to run. */
export function isRunnable({ blocks }: Section): boolean {
  return blocks.some((block) => !isProgram(block) || block.run);
}

/**
 * Runs a section: starts its programs and commands in order, each as soon as the one before has
 * ended, listens or has begun to print. Throws when one of them prints something else than the text
 * says, or ends with an error.
 */
export async function runSection(project: ReadmeProject, section: Section): Promise<void> {
  const port = await freePort();
  const local = (text: string): string => text.replace(PORT, String(port));
  const programs: ReadmeProcess[] = [];
  const commands: ReadmeProcess[] = [];
  const expected: [ReadmeProcess, Expectation][] = [];

  async function startProgram(file: string, javascript: string): Promise<void> {
    await listensOrEnded(programs.at(-1), port);
    await writeFile(join(project.path, file), local(javascript));
    programs.push(new ReadmeProcess(file, process.execPath, [file], project.path));
  }

  async function startCommands(block: string): Promise<void> {
    await listensOrEnded(programs.at(-1), port);
    for (const { command, expected: text } of commandsOf(local(block))) {
      const started = new ReadmeProcess(`$ ${command}`, "bash", ["-c", command], project.path);
      commands.push(started);
      expected.push([started, expectationOf(text)]);
      await started.atWork();
    }
  }

  try {
    for (const block of section.blocks) {
      const last = programs.at(-1);
      if (block.kind === "commands") await startCommands(block.text);
      else if (block.kind === "output" && last) expected.push([last, expectationOf(local(block.text))]);
      else if (block.kind === "output") throw new Error(`line ${block.line}: no program before this output`);
      else if (block.run) {
        await startProgram(fileOf(block, "output"), await project.javascript(block));
      }
    }
    for (const [started, expectation] of expected) await started.expect(expectation);
    if (expected.length === 0) await listensOrEnded(programs.at(-1), port);
    for (const started of [...programs, ...commands]) started.assertUnharmed();
  } finally {
    await Promise.all([...programs, ...commands].map((started) => started.stop()));
  }
}

/** Resolves when the program has ended, or the port accepts connections. */
async function listensOrEnded(program: ReadmeProcess | undefined, port: number): Promise<void> {
  const deadline = Date.now() + LISTEN_TIMEOUT;
  while (program && !program.hasEnded && !(await listens(port))) {
    if (Date.now() > deadline) throw program.failure("neither listens on port 3000 nor ends");
    await delay(50);
  }
}

/** Whether a port accepts connections. */
export function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "localhost", () => resolve(true)).on("error", () => resolve(false));
    socket.on("connect", () => socket.destroy());
  });
}
