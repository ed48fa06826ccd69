// The line under the title of each guide. Run this file after a change of it: it rewrites the
// guides. A test compares them.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The way to install the packages. Once they are published: "**Install** with npm, as below." */
export const installNote =
  "> **Install:** the packages are not published yet. `npm run pack -- <packages>`, in a clone of this repository, prints the `npm install` line for your folder.";

const folder = fileURLToPath(new URL("../docs/guides", import.meta.url));
const proxies = fileURLToPath(new URL("../docs/proxies.md", import.meta.url));

/** Returns the paths of all guides. */
export function guides() {
  const names = readdirSync(folder).filter((name) => name !== "README.md");
  return [...names.map((name) => join(folder, name)), proxies];
}

/** Returns the text of a guide with the line in its place. @param {string} text */
export function withInstallNote(text) {
  return text.replace(/^(# .*\n\n)> .*$/m, (_line, title) => title + installNote);
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  for (const file of guides()) writeFileSync(file, withInstallNote(readFileSync(file, "utf8")));
