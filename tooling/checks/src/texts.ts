import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Text } from "./language.js";
import { root } from "./workspace.js";

/**
 * Files whose prose the language rules cover: all TypeScript and documents, and the scripts of
 * tooling.
 */
const covered = /\.(?:[mc]?tsx?|md)$|^tooling\/(?:[^/]+|e2e\/soak\/.*)\.mjs$/;
const ignored = new Set([".git", ".turbo", "coverage", "dist", "node_modules"]);
/** Pages of the site that are made from the types. */
const generated = "docs/api";

/**
 * Reads the sources and the documents of the repository, or the files whose names match a pattern.
 */
export function texts(pattern: RegExp = covered): Text[] {
  return filesBelow("")
    .filter((name) => pattern.test(name))
    .map((name) => ({ name, text: readFileSync(join(root, name), "utf8") }));
}

function filesBelow(folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true })
    .filter(({ name }) => !ignored.has(name))
    .flatMap((entry) => {
      const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
      if (path === generated) return [];
      return entry.isDirectory() ? filesBelow(path) : [path];
    });
}
