// The documentation site: `npm run docs` installs VitePress in `docs/.vitepress`, apart from the
// workspace, and builds the site there. A link that leads nowhere fails the build.
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const site = join(root, "docs/.vitepress");

/** @param {string} file @param {string[]} args @param {string} cwd */
function run(file, args, cwd) {
  return spawnSync(file, args, { cwd, stdio: "inherit", shell: process.platform === "win32" }).status === 0;
}

/** Lists the pages for language models: https://llmstxt.org. */
function llmsText() {
  const pages = ["docs/guides", "docs"].flatMap((folder) =>
    readdirSync(join(root, folder))
      .filter((name) => name.endsWith(".md") && name !== "README.md")
      .map((name) => `- [${titleOf(join(root, folder, name))}](/${folder}/${name.replace(".md", "")})`),
  );
  const packages = readdirSync(join(root, "packages")).map(
    (name) => `- [@sse/${name}](/packages/${name}/README)`,
  );
  return ["# SSE", "", "> Server-Sent Events for TypeScript", "", ...pages, ...packages, ""].join("\n");
}

/** @param {string} file */
function titleOf(file) {
  return /^# (.*)$/m.exec(readFileSync(file, "utf8"))?.[1] ?? file;
}

const installed = existsSync(join(site, "node_modules/vitepress")) || run("npm", ["ci", "--no-audit"], site);
if (installed && run(process.execPath, ["node_modules/vitepress/bin/vitepress.js", "build", ".."], site))
  writeFileSync(join(site, "dist/llms.txt"), llmsText());
else process.exitCode = 1;
