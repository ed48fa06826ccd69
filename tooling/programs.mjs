// Runs several server programs as one: says where they listen once all of them do, stops all when
// one stops.
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

/**
 * A program to run. It announces that it listens by a line on its standard output that contains a
 * URL.
 * @typedef {{ name: string, cwd: string, file: string }} Program
 */

/** Time for a program to stop by itself, in milliseconds. */
const GRACE = 5_000;
/** Interval of the checks that npm still runs, in milliseconds. */
const PARENT_CHECK = 500;

const parent = process.ppid;

/**
 * Runs the programs until it is told to stop (resolves to 0) or one of them stops by itself
 * (resolves to 1). Then none is left.
 * @param {Program[]} programs
 * @returns {Promise<number>} the exit code
 */
export async function runPrograms(programs) {
  const width = Math.max(...programs.map(({ name }) => name.length));
  /** @type {Map<string, string>} */
  const announced = new Map();
  const running = programs.map((program) => start(program, (line) => onLine(program.name, line)));

  /** @param {string} name @param {string} line */
  function onLine(name, line) {
    const first = !announced.has(name) && /https?:\/\//.test(line);
    if (!first) return console.log(`${name.padEnd(width)}  ${line}`);
    announced.set(name, line);
    if (announced.size < programs.length) return;
    const rows = programs.map((program) => `  ${program.name.padEnd(width)}  ${announced.get(program.name)}`);
    console.log(["", ...rows, "", "  Ctrl-C stops.", ""].join("\n"));
  }

  const code = await Promise.race([told(), left(), ...running.map(({ died }) => died)]);
  await Promise.all(running.map(({ stop }) => stop()));
  return code;
}

/** Resolves to 0 on a signal, or when the output is closed. */
function told() {
  return new Promise((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => resolve(0));
    process.stdout.on("error", () => resolve(0));
  });
}

/**
 * Resolves to 0 when npm has ended: it forwards no SIGTERM, and this process gets another parent.
 */
function left() {
  return new Promise((resolve) => {
    if (process.env.npm_lifecycle_event === undefined) return;
    setInterval(() => process.ppid !== parent && resolve(0), PARENT_CHECK).unref();
  });
}

/** @param {Program} program @param {(line: string) => void} onLine */
function start({ name, cwd, file }, onLine) {
  const child = spawn(process.execPath, [file], { cwd, stdio: ["ignore", "pipe", "inherit"] });
  createInterface({ input: child.stdout }).on("line", onLine);
  const ended = new Promise((resolve) => child.once("close", resolve));
  let stopping = false;
  const died = ended.then(() => {
    if (!stopping)
      console.error(`${name} stopped by itself (${child.signalCode ?? `exit code ${child.exitCode}`}).`);
    return 1;
  });
  async function stop() {
    stopping = true;
    child.kill("SIGTERM");
    const timer = setTimeout(() => child.kill("SIGKILL"), GRACE);
    await ended;
    clearTimeout(timer);
  }
  return { died, stop };
}
