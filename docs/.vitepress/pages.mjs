// The pages of the site, by the section of its sidebar.
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../..", import.meta.url)).replace(/\/$/, "");

/** The path under which the site is served. */
export const base = process.env.DOCS_BASE ?? "/";

/** The pages whose path on the site is another one. @type {Record<string, string>} */
export const rewrites = { "README.md": "index.md", "README.zh-CN.md": "zh/index.md" };

/** Returns the pages of a folder: its README, and the others as that lists them. @param {string} folder */
function pagesIn(folder) {
  const names = readdirSync(`${root}/${folder}`).filter((name) => name.endsWith(".md"));
  if (!names.includes("README.md")) return names.map((name) => `${folder}/${name}`);
  const list = readFileSync(`${root}/${folder}/README.md`, "utf8");
  const place = (/** @type {string} */ name) => list.indexOf(`(${name})`); // -1 for the README itself
  return names.sort((a, b) => place(a) - place(b)).map((name) => `${folder}/${name}`);
}

/** The pages, without those of the API. @type {Record<string, string[]>} */
export const sections = {
  Guides: pagesIn("docs/guides"),
  Examples: ["docs/examples/README.md"],
  Packages: readdirSync(`${root}/packages`).map((name) => `packages/${name}/README.md`),
  Reference: pagesIn("docs/reference"),
  Project: [...pagesIn("docs"), "CONTRIBUTING.md", "SECURITY.md"],
};

/** Returns the first heading of a page. @param {string} page */
export function titleOf(page) {
  return /^# (?<title>.*)$/m.exec(readFileSync(`${root}/${page}`, "utf8"))?.groups?.["title"] ?? page;
}
