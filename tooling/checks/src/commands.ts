import { exec, execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { root } from "./workspace.js";

const windows = process.platform === "win32";
const execAsync = promisify(exec);
const execFileAsync = promisify(execFile);
const maxBuffer = 64 * 1024 * 1024;

/**
 * Runs a command to its end and returns its standard output. When it fails, throws an error with
 * all that it printed.
 */
export async function runCommand(file: string, args: readonly string[], cwd: string = root): Promise<string> {
  const shell = windows && file !== process.execPath; // npm and pnpm are batch files there
  return outputOf(`${file} ${args.join(" ")}`, execFileAsync(file, args, { cwd, shell, maxBuffer }));
}

/**
 * Runs a line in the system's shell, like {@link runCommand}, with additional environment
 * variables.
 */
export async function runShell(
  line: string,
  cwd: string,
  variables: NodeJS.ProcessEnv = {},
): Promise<string> {
  return outputOf(line, execAsync(line, { cwd, maxBuffer, env: { ...process.env, ...variables } }));
}

/** Runs a script from the root's `node_modules` with Node, like {@link runCommand}. */
export function runTool(script: string, args: readonly string[], cwd: string = root): Promise<string> {
  return runCommand(process.execPath, [join(root, "node_modules", script), ...args], cwd);
}

async function outputOf(command: string, running: Promise<{ stdout: string }>): Promise<string> {
  try {
    return (await running).stdout;
  } catch (error) {
    const { stdout = "", stderr = "" } = error as { stdout?: string; stderr?: string };
    throw new Error([`${command} failed:`, stdout, stderr].join("\n"));
  }
}
