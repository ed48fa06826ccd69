import { existsSync } from "node:fs";
import { posix } from "node:path";
import type { Text } from "./language.js";
import { root } from "./workspace.js";

const LINK = /\]\((?<target>[^)\s]+)\)/g;
const PATH = /`(?<target>(?:packages|apps|tooling|docs)\/[\w./-]*\w\/?)`/g;

/**
 * Returns the relative links of a document, and the paths that it names as code, that lead nowhere.
 */
export function deadLinks({ name, text }: Text): string[] {
  const links = targets(text, LINK).filter((target) => !/^(?:[a-z]+:|#)/.test(target));
  const fromLinks = links.map((target) => posix.join(posix.dirname(name), target.replace(/#.*$/, "")));
  return [...fromLinks, ...targets(text, PATH)]
    .filter((path) => !existsSync(posix.join(root, path)))
    .map((path) => `${name}: ${path}`);
}

function targets(text: string, pattern: RegExp): string[] {
  return [...text.matchAll(pattern)].map(({ groups }) => groups?.["target"] ?? "");
}
