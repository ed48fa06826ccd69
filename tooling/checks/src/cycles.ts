import { neighborsOf } from "./folders.js";
import type { SourceFile } from "./workspace.js";

/** Returns the import cycles among the files of one package, each as `a.ts -> b.ts -> a.ts`. */
export function importCycles(files: readonly SourceFile[], { types = true } = {}): string[] {
  const edges = new Map(files.map((file) => [file.name, neighborsOf(file, { types })]));
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
