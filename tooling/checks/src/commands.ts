import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { root } from "./workspace.js";

const windows = process.platform === "win32";
const execFileAsync = promisify(execFile);

/**
 * Runs a command to its end and returns its standard output. When it fails, throws an error with
 * all that it printed.
 */
export async function runCommand(file: string, args: readonly string[], cwd: string = root): Promise<string> {
  const shell = windows && file !== process.execPath; // npm and pnpm are batch files there
  try {
    return (await execFileAsync(file, args, { cwd, shell, maxBuffer: 64 * 1024 * 1024 })).stdout;
  } catch (error) {
    const { stdout = "", stderr = "" } = error as { stdout?: string; stderr?: string };
    throw new Error([`${file} ${args.join(" ")} failed:`, stdout, stderr].join("\n"));
  }
}

/** Runs a script from the root's `node_modules` with Node, like {@link runCommand}. */
export function runTool(script: string, args: readonly string[], cwd: string = root): Promise<string> {
  return runCommand(process.execPath, [join(root, "node_modules", script), ...args], cwd);
}
