import { posix } from "node:path";
import { importsOf, isRelative } from "./imports.js";
import type { SourceFile } from "./workspace.js";

/** The import cycles among the files of one package that exist at run time, each as `a.ts -> b.ts -> a.ts`. */
export function importCycles(files: readonly SourceFile[]): string[] {
  const edges = new Map(files.map((file) => [file.name, runtimeNeighbours(file)]));
  const done = new Set<string>();
  const cycles: string[] = [];

  function visit(name: string, path: readonly string[]): void {
    const start = path.indexOf(name);
    if (start >= 0) cycles.push([...path.slice(start), name].join(" -> "));
    if (start >= 0 || done.has(name)) return;
    for (const next of edges.get(name) ?? []) visit(next, [...path, name]);
    done.add(name);
  }

  for (const name of edges.keys()) visit(name, []);
  return cycles;
}

function runtimeNeighbours({ name, text }: SourceFile): string[] {
  return importsOf(text)
    .filter(({ specifier, typeOnly }) => isRelative(specifier) && !typeOnly)
    .map(({ specifier }) => posix.join(posix.dirname(name), specifier.replace(/\.js$/, ".ts")));
}
