// The commands. `npm start [demo…]` runs the demos, `npm run client <demo> [argument…]` is a client
// of one in the terminal, `npm test [-- vitest options]` checks everything,
// `npm run pack [-- package…]` makes tarballs to install elsewhere, and `npm run matrix` runs the
// tests on every runtime. All need Node and npm only: they install pnpm and the dependencies, and
// build.
import { spawn } from "node:child_process";
import { join } from "node:path";
import { build, demoNames, install, root, runMatrix, runVitest } from "./bootstrap.mjs";
import { folderOf, installLine, packageNames, packInto, withDependencies } from "./pack.mjs";
import { runPrograms } from "./programs.mjs";
import { release } from "./release.mjs";

const [command, ...args] = process.argv.slice(2);
if (command === "start") process.exitCode = await start(args);
else if (command === "client") process.exitCode = await client(args);
else if (command === "test") process.exitCode = test(args);
else if (command === "pack") process.exitCode = pack(args);
else if (command === "matrix") process.exitCode = install() && build() ? runMatrix(args) : 1;
else if (command === "release") process.exitCode = release(args) ? 0 : 1;
else
  process.exitCode = fail(
    `Say "start", "client", "test", "pack", "matrix" or "release", not ${JSON.stringify(command)}.`,
  );

/** @param {string[]} names the demos to start; none means all */
async function start(names) {
  const chosen = names.length > 0 ? names : demoNames();
  if (!areDemos(chosen) || !install() || !build(chosen.map((name) => `@sse/${name}`))) return 1;
  return runPrograms(chosen.map((name) => ({ name, cwd: join(root, "apps", name), file: "dist/main.js" })));
}

/**
 * Runs the terminal client of a demo until it ends.
 * @param {string[]} args the demo, and the arguments of its client
 */
async function client([name = "", ...clientArgs]) {
  if (!areDemos([name]) || !install() || !build([`@sse/${name}`])) return 1;
  const file = join(root, "apps", name, "dist/client.js");
  const child = spawn(process.execPath, [file, ...clientArgs], { stdio: "inherit" });
  // Ctrl-C reaches the client too, which ends by itself.
  process.on("SIGINT", () => {});
  process.on("SIGTERM", () => child.kill());
  return new Promise((resolve) => child.once("close", (code) => resolve(code ?? 0)));
}

/** @param {string[]} names */
function areDemos(names) {
  const known = demoNames();
  const unknown = names.find((name) => !known.includes(name));
  if (unknown === undefined) return true;
  fail(`There is no demo ${JSON.stringify(unknown)}. The demos: ${known.join(", ")}.`);
  return false;
}

/**
 * Lint and types are tests too (`tooling/checks`), so that the last lines printed count everything.
 * @param {string[]} vitestArgs
 */
function test(vitestArgs) {
  if (install() && build()) return runVitest(vitestArgs);
  console.error("0 passed, 1 failed: the step above");
  return 1;
}

/**
 * Packs packages with their dependencies, and prints the line that installs them in any folder.
 * @param {string[]} names the packages; none means all
 */
function pack(names) {
  const known = packageNames();
  const unknown = names.find((name) => !known.includes(folderOf(name)));
  if (unknown !== undefined)
    return fail(`There is no package ${JSON.stringify(unknown)}. The packages: ${known.join(", ")}.`);
  const folders = withDependencies(names.length > 0 ? names.map(folderOf) : known);
  if (!install() || !build(folders.map((name) => `@sse/${name}`))) return 1;
  const tarballs = packInto(folders, join(root, "tarballs"));
  if (tarballs === undefined) return 1;
  console.log(installLine(tarballs));
  return 0;
}

/** @param {string} message */
function fail(message) {
  console.error(message);
  return 1;
}
