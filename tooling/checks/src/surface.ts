/** The names that a package exports. */
export interface Surface {
  values: string[];
  types: string[];
}

const COMMENT = /\/\*[\s\S]*?\*\/|\/\/.*$/gm;
const EXPORT_LIST = /export\s+(?<type>type\s+)?\{(?<names>[^}]*)\}\s+from\s+["'][^"']+["'];/g;
const EXPORT_ALL = /export\s+\*\s+from\s+["'](?<name>[^"']+)["'];/g;

/**
 * Returns what an `index.ts` exports. Throws when the file holds anything but export lists: code in
 * an index file hides itself. `export *` hides what is public; only adapters use it, to pass on
 * other packages.
 *
 * @param passedOn returns the surface of a package that `export *` names. Throws if it must not be
 * passed on.
 */
export function surfaceOf(index: string, passedOn: (packageName: string) => Surface = refuseAll): Surface {
  const text = index.replace(COMMENT, "");
  const rest = text.replace(EXPORT_LIST, "").replace(EXPORT_ALL, "").trim();
  if (rest !== "") throw new Error(`Not a list of named exports: ${rest}`);
  const surface: Surface = { values: [], types: [] };
  for (const { groups } of text.matchAll(EXPORT_ALL)) {
    const { values, types } = passedOn(groups?.name ?? "");
    surface.values.push(...values);
    surface.types.push(...types);
  }
  for (const { groups } of text.matchAll(EXPORT_LIST)) {
    for (const item of (groups?.names ?? "").split(","))
      addExport(surface, item.trim(), groups?.type !== undefined);
  }
  return { values: sorted(surface.values), types: sorted(surface.types) };
}

const DECLARATION =
  /^export\s+(?:async\s+)?(?<kind>function|const|class|interface|type)\s+(?<name>[A-Za-z_$][\w$]*)/gm;

/**
 * Returns what a module exports that is an entry by itself, such as one function in a subpath of
 * its own.
 */
export function surfaceOfModule(module: string): Surface {
  const found = [...module.replace(COMMENT, "").matchAll(DECLARATION)].map(({ groups }) => groups);
  const names = (types: boolean): string[] =>
    found
      .filter((groups) => ["interface", "type"].includes(groups?.kind ?? "") === types)
      .map((groups) => groups?.name ?? "");
  return { values: sorted(names(false)), types: sorted(names(true)) };
}

function refuseAll(name: string): never {
  throw new Error(`Not a list of named exports: export * from "${name}"`);
}

/** Two packages may pass on one name of a third. */
function sorted(names: string[]): string[] {
  return [...new Set(names)].sort();
}

function addExport(surface: Surface, item: string, listOfTypes: boolean): void {
  if (item === "") return;
  const isType = listOfTypes || item.startsWith("type ");
  const name = item.replace(/^type\s+/, "").replace(/^.*\sas\s+/, "");
  (isType ? surface.types : surface.values).push(name);
}
