// Turns a fresh clone into a build with Node and npm only: finds pnpm, installs, builds. Remembers
// the result in `node_modules`, so that the second time takes a second and no network.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

/** The folder of the repository. */
export const root = fileURLToPath(new URL("..", import.meta.url));
const windows = process.platform === "win32";
const memoFile = join(root, "node_modules", ".bootstrap.json");
/** @type {string} */
const pin = JSON.parse(readFileSync(join(root, "package.json"), "utf8")).devEngines.packageManager.version;
const env = environment();
/** The name of the PATH variable: Windows writes `Path`. */
const pathKey = Object.keys(env).find((name) => name.toUpperCase() === "PATH") ?? "PATH";

/** The demos that exist, in the order of their ports. */
export function demoNames() {
  return ["stockprice", "chat"];
}

/** Installs what the lock says, unless that was done before and nothing has changed since. */
export function install() {
  const memo = readMemo();
  const installed = fingerprint();
  if (memo?.installed === installed) {
    putOnPath(memo.dir);
    return true;
  }
  console.log("Installing …");
  const dir = memo?.dir ?? findPnpm();
  if (dir === undefined) return false;
  putOnPath(dir); // turbo looks for pnpm there
  const options = ["--frozen-lockfile", "--prefer-offline", "--reporter=append-only", "--loglevel=error"];
  if (!run("pnpm", ["install", ...options], { shell: windows })) return false;
  mkdirSync(join(root, "node_modules"), { recursive: true });
  writeFileSync(memoFile, JSON.stringify({ pin, dir, installed }));
  return true;
}

/**
 * Builds what has changed.
 * @param {string[]} [packages] these and what they depend on; by default everything
 */
export function build(packages = []) {
  const filters = packages.map((name) => `--filter=${name}`);
  return runNode("turbo/bin/turbo", ["run", "build", "--output-logs=errors-only", ...filters], {
    quiet: true,
  });
}

/** Runs pnpm, quietly unless it fails. @param {string[]} args */
export function runPnpm(args) {
  return run("pnpm", args, { shell: windows, quiet: true });
}

/**
 * Runs a program in a folder, quietly unless it fails.
 * @param {string} folder
 * @param {string} file
 * @param {string[]} args
 * @param {RunOptions} [options]
 */
export function runIn(folder, file, args, options) {
  return run(file, args, { shell: windows, quiet: true, cwd: folder, ...options });
}

/** @param {string[]} args */
export function runVitest(args) {
  return runNode("vitest/vitest.mjs", ["run", ...args]) ? 0 : 1;
}

/** @param {string[]} args */
export function runMatrix(args) {
  const tsx = createRequire(join(root, "tooling/runtimes/package.json")).resolve("tsx");
  const script = join(root, "tooling/runtimes/src/cli.ts");
  return run(process.execPath, ["--import", pathToFileURL(tsx).href, script, ...args]) ? 0 : 1;
}

function environment() {
  /** @type {NodeJS.ProcessEnv} */
  const result = {
    ...process.env,
    COREPACK_ENABLE_DOWNLOAD_PROMPT: "0",
    TURBO_NO_UPDATE_NOTIFIER: "1",
    TURBO_TELEMETRY_DISABLED: "1",
    pnpm_config_minimum_release_age: "0", // the lock is fixed; asking for the age of each entry takes seconds
  };
  if (!process.stdout.isTTY && !result.FORCE_COLOR) result.NO_COLOR = "1"; // a log file or a pipe
  // pnpm 12 reads neither `npm_config_*` nor the global npmrc: pass on what decides whether it
  // can reach a registry.
  for (const key of ["registry", "cafile", "https_proxy", "noproxy"]) {
    const value = process.env[`npm_config_${key}`];
    if (value && !result[`pnpm_config_${key}`]) result[`pnpm_config_${key}`] = value;
  }
  return result;
}

/**
 * Reads what the last install found and did, if that still holds.
 * @returns {{ dir: string, installed: string } | undefined}
 */
function readMemo() {
  try {
    const memo = JSON.parse(readFileSync(memoFile, "utf8"));
    return memo.pin === pin && holdsPnpm(memo.dir) ? memo : undefined;
  } catch {
    return undefined; // the first time, or a write that was cut off
  }
}

/** A hash of every file that decides what an install does. */
function fingerprint() {
  const hash = createHash("sha256").update(`${process.platform} ${process.arch}`);
  const workspaces = ["packages", "apps", "tooling"].flatMap((group) =>
    readdirSync(join(root, group)).map((name) => join(group, name, "package.json")),
  );
  for (const file of ["package.json", "pnpm-lock.yaml", "pnpm-workspace.yaml", ...workspaces.sort()]) {
    if (existsSync(join(root, file))) hash.update(file).update(readFileSync(join(root, file)));
  }
  return hash.digest("hex");
}

/**
 * The folder of a pnpm of the right major: the user's own, else a copy from npx; undefined when
 * there is none.
 */
function findPnpm() {
  const major = pin.split(".")[0];
  // Asked outside the project, where another pnpm does not try to switch to the pinned version.
  const own = spawnSync("pnpm", ["--version"], { cwd: tmpdir(), env, shell: windows, encoding: "utf8" });
  if (own.status === 0 && own.stdout.trim().split(".")[0] === major) return folderOfPnpm(env[pathKey] ?? "");
  const args = ["--yes", "--package", `pnpm@${pin}`, "--", "node", "-p", "process.env.PATH"];
  const npx = spawnSync("npx", args, { cwd: root, env, shell: windows, encoding: "utf8" });
  const dir = folderOfPnpm(npx.stdout?.trim() ?? "");
  if (dir === undefined)
    console.error(`${npx.stderr ?? npx.error}\npnpm ${pin} could not be fetched with npx.`);
  return dir;
}

/** @param {string} path the value of a PATH variable */
function folderOfPnpm(path) {
  return path.split(delimiter).find(holdsPnpm);
}

/** @param {string} folder */
function holdsPnpm(folder) {
  return (windows ? ["pnpm.cmd", "pnpm.exe"] : ["pnpm"]).some((name) => existsSync(join(folder, name)));
}

/** @param {string} folder */
function putOnPath(folder) {
  const path = env[pathKey] ?? "";
  if (!path.split(delimiter).includes(folder)) env[pathKey] = folder + delimiter + path;
}

/**
 * Runs a program of the root's dependencies.
 * @param {string} script
 * @param {string[]} args
 * @param {RunOptions} [options]
 */
function runNode(script, args, options) {
  return run(process.execPath, [join(root, "node_modules", script), ...args], options);
}

/**
 * Whether the program ended well. Its output is shown, or with `quiet` only when it failed.
 * @typedef {{ shell?: boolean, quiet?: boolean, cwd?: string }} RunOptions
 * @param {string} file
 * @param {string[]} args
 * @param {RunOptions} [options]
 */
function run(file, args, { shell = false, quiet = false, cwd = root } = {}) {
  const stdio = quiet ? "pipe" : "inherit";
  const { status, stdout, stderr, error } = spawnSync(file, args, {
    cwd,
    env,
    shell,
    stdio,
    encoding: "utf8",
  });
  const said = [stdout, stderr, error?.message].filter(Boolean).join("\n");
  if (status !== 0 && said !== "") console.error(said);
  return status === 0;
}
