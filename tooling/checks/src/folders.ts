import { posix } from "node:path";
import { importsOf, isRelative } from "./imports.js";
import type { SourceFile } from "./workspace.js";

/**
 * The folders (with a slash) and root files of a package's `src`, from the bottom to the top. A
 * unit may import from every row below its own. Within a row, root files may import each other;
 * folders may not.
 */
export type Layers = readonly (readonly string[])[];

/**
 * Returns the imports of a package that run upward or sideways, and the files that no layer names.
 */
export function wrongArrows(files: readonly SourceFile[], layers: Layers): string[] {
  return files.flatMap((file) => {
    const from = unitOf(file.name);
    if (layerOf(from, layers) < 0) return [`${from} has no row`];
    return neighborsOf(file)
      .filter((name) => !mayImport(from, unitOf(name), layers))
      .map((name) => `${file.name} -> ${name}`);
  });
}

/** Returns the files of the same package that a file imports, types included. */
export function neighborsOf({ name, text }: SourceFile, { types = true } = {}): string[] {
  return importsOf(text)
    .filter(({ specifier, typeOnly }) => isRelative(specifier) && (types || !typeOnly))
    .map(({ specifier }) => posix.join(posix.dirname(name), specifier.replace(/\.js$/, ".ts")));
}

function mayImport(from: string, to: string, layers: Layers): boolean {
  if (from === to) return true;
  const [above, below] = [layerOf(from, layers), layerOf(to, layers)];
  return above > below || (above === below && !from.endsWith("/") && !to.endsWith("/"));
}

function layerOf(unit: string, layers: Layers): number {
  return layers.findIndex((row) => row.includes(unit));
}

/**
 * Returns the folder below `src` that holds a file, or the name of a root file without its
 * extension.
 */
function unitOf(name: string): string {
  const [first = "", ...rest] = name.split("/");
  return rest.length > 0 ? `${first}/` : first.replace(/\.ts$/, "");
}
