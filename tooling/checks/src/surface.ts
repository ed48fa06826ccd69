/** The names that a package exports. */
export interface Surface {
  values: string[];
  types: string[];
}

const COMMENT = /\/\*[\s\S]*?\*\/|\/\/.*$/gm;
const EXPORT_LIST = /export\s+(?<type>type\s+)?\{(?<names>[^}]*)\}\s+from\s+["'][^"']+["'];/g;

/**
 * Reads the export lists of an `index.ts`. Throws when the file holds anything else: `export *` hides what is public,
 * and code in an index file hides itself.
 */
export function surfaceOf(index: string): Surface {
  const text = index.replace(COMMENT, "");
  const rest = text.replace(EXPORT_LIST, "").trim();
  if (rest !== "") throw new Error(`Not a list of named exports: ${rest}`);
  const surface: Surface = { values: [], types: [] };
  for (const { groups } of text.matchAll(EXPORT_LIST)) {
    for (const item of (groups?.names ?? "").split(","))
      addExport(surface, item.trim(), groups?.type !== undefined);
  }
  return { values: surface.values.sort(), types: surface.types.sort() };
}

function addExport(surface: Surface, item: string, listOfTypes: boolean): void {
  if (item === "") return;
  const isType = listOfTypes || item.startsWith("type ");
  const name = item.replace(/^type\s+/, "").replace(/^.*\sas\s+/, "");
  (isType ? surface.types : surface.values).push(name);
}
