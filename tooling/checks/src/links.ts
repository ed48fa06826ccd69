import { existsSync, readFileSync, statSync } from "node:fs";
import { posix } from "node:path";
import type { Text } from "./language.js";
import { root } from "./workspace.js";

const LINK = /\]\((?<target>[^)\s]+)\)/g;
const PATH = /`(?<target>(?:packages|apps|tooling|docs)\/[\w./-]*\w\/?)`/g;
const FENCED = /^```[\s\S]*?^```$/gm;

/**
 * Returns the relative links of a document that lead nowhere, or to a heading that is not there,
 * and the paths that it names as code and that do not exist.
 */
export function deadLinks({ name, text }: Text): string[] {
  const links = targets(text, LINK).filter((target) => !/^[a-z]+:/.test(target));
  const places = links.map((target) => {
    const [path = "", anchor = ""] = target.split("#");
    return { path: path === "" ? name : posix.join(posix.dirname(name), path), anchor };
  });
  return [...places, ...targets(text, PATH).map((path) => ({ path, anchor: "" }))]
    .filter(({ path, anchor }) => !isThere(name, text, path, anchor))
    .map(({ path, anchor }) => `${name}: ${path}${anchor === "" ? "" : `#${anchor}`}`);
}

function isThere(name: string, text: string, path: string, anchor: string): boolean {
  if (path === name) return anchor === "" || anchorsOf(text).includes(anchor);
  const file = posix.join(root, path);
  if (!existsSync(file)) return false;
  if (anchor === "") return true;
  const page = statSync(file).isDirectory() ? posix.join(file, "README.md") : file;
  return existsSync(page) && anchorsOf(readFileSync(page, "utf8")).includes(anchor);
}

/** Returns the anchors of the headings of a document, as GitHub makes them. */
export function anchorsOf(markdown: string): string[] {
  const seen = new Map<string, number>();
  return [...markdown.replace(FENCED, "").matchAll(/^#+ +(?<title>.*)$/gm)].map(({ groups }) => {
    const slug = (groups?.["title"] ?? "")
      .replace(/\[(?<label>[^\]]*)\]\([^)]*\)/g, "$<label>")
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, "")
      .trim()
      .replace(/\s/g, "-");
    const count = seen.get(slug) ?? 0;
    seen.set(slug, count + 1);
    return count === 0 ? slug : `${slug}-${count}`;
  });
}

function targets(text: string, pattern: RegExp): string[] {
  return [...text.matchAll(pattern)].map(({ groups }) => groups?.["target"] ?? "");
}
