// The documentation site: `npm run docs` installs VitePress and TypeDoc in `docs/.vitepress`, apart
// from the workspace, makes the API reference from the types and builds the site there. A link that
// leads nowhere fails the build.
import { spawnSync } from "node:child_process";
import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { install } from "./bootstrap.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const site = join(root, "docs/.vitepress");
const api = join(root, "docs/api");

/** @param {string} file @param {string[]} args */
function run(file, args) {
  return (
    spawnSync(file, args, { cwd: site, stdio: "inherit", shell: process.platform === "win32" }).status === 0
  );
}

async function build() {
  install(); // the types of the frameworks
  if (!existsSync(join(site, "node_modules/typedoc")) && !run("npm", ["ci", "--no-audit"])) return false;
  const { writeApi } = await import("../docs/.vitepress/api.mjs");
  if (!(await writeApi(api))) return false;
  if (!run(process.execPath, ["node_modules/vitepress/bin/vitepress.js", "build", ".."])) return false;
  const { base, sections } = await import("../docs/.vitepress/pages.mjs");
  const { writeLlms } = await import("../docs/.vitepress/llms.mjs");
  writeLlms(root, join(site, "dist"), base, sections);
  const { brokenLinks } = await import("../docs/.vitepress/check.mjs");
  const broken = brokenLinks(join(site, "dist"), base);
  for (const link of broken) console.error(`leads nowhere: ${link}`);
  return broken.length === 0;
}

try {
  if (!(await build())) process.exitCode = 1;
} finally {
  rmSync(api, { recursive: true, force: true }); // made again each time, and no document of the repository
}
