// The list of pages for language models (https://llmstxt.org), and the pages themselves as Markdown.
import { cpSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";

/**
 * Writes `llms.txt`, and beside each page of the site its Markdown.
 * @param {string} root the folder of the documents
 * @param {string} site the folder of the built site
 * @param {string} base the path under which the site is served
 * @param {Record<string, string[]>} pages the pages by the title of their section
 */
export function writeLlms(root, site, base, pages) {
  const sections = Object.entries(pages).map(([section, names]) => {
    for (const name of names) cpSync(join(root, name), join(site, name));
    return [`## ${section}`, "", ...names.map((name) => line(join(root, name), `${base}${name}`)), ""].join(
      "\n",
    );
  });
  const intro = readFileSync(join(root, "README.md"), "utf8")
    .split("\n")
    .find((text) => /^\w/.test(text));
  writeFileSync(join(site, "llms.txt"), [`# SSE`, "", `> ${intro}`, "", ...sections].join("\n"));
}

/** @param {string} file @param {string} url */
function line(file, url) {
  const text = readFileSync(file, "utf8").replace(/^```[\s\S]*?^```$/gm, "");
  const title = /^# (?<title>.*)$/m.exec(text)?.groups?.["title"] ?? url;
  const about = listed(file) ?? /^(?![#>|`[!-])\w[^\n]*?[.:](?=\s)/m.exec(text)?.[0].replace(/:$/, ".");
  return `- [${title}](${url})${about === undefined ? "" : `: ${withoutLinks(about)}`}`;
}

/** Returns what the table of the folder's README says of a page. @param {string} file */
function listed(file) {
  const list = join(dirname(file), "README.md");
  if (!existsSync(list)) return undefined;
  const row = readFileSync(list, "utf8")
    .split("\n")
    .find((text) => text.startsWith("| [") && text.includes(`(${basename(file)})`));
  return row?.split("|")[2]?.trim();
}

/** @param {string} text */
function withoutLinks(text) {
  return text.replace(/\[([^\]]*)\]\([^)]*\)/g, "$1");
}
