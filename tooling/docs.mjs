// The documentation site: `npm run docs` installs VitePress and TypeDoc in `docs/.vitepress`, apart
// from the workspace, and builds the site there. A link that leads nowhere fails the build.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { install } from "./bootstrap.mjs";

const site = fileURLToPath(new URL("../docs/.vitepress", import.meta.url));

/** @param {string} file @param {string[]} args */
function run(file, args) {
  const shell = process.platform === "win32";
  return spawnSync(file, args, { cwd: site, stdio: "inherit", shell }).status === 0;
}

const installed =
  install() && // the types of the frameworks
  (existsSync(join(site, "node_modules/typedoc")) || run("npm", ["ci", "--no-audit"]));
if (!installed || !run("node", ["build.mjs"])) process.exitCode = 1;
