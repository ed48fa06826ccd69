/** An import or a re-export of one module. */
export interface Import {
  specifier: string;
  /** Erased by the compiler: nothing is loaded at run time. */
  typeOnly: boolean;
}

// Statements begin in the first column (the formatter sees to it), which keeps examples in comments
// out.
const STATEMENT =
  /^(?:import|export)\s+(?<type>type\s)?(?:[\w*{}\s,$]+\sfrom\s+)?["'](?<specifier>[^"']+)["']/gm;
const CALL = /\b(?:import|require)\(\s*["'](?<specifier>[^"']+)["']/g;

/**
 * Returns what a formatted TypeScript or JavaScript file imports, in order of appearance, dynamic
 * imports last.
 */
export function importsOf(text: string): Import[] {
  return [...text.matchAll(STATEMENT), ...text.matchAll(CALL)].map(({ groups }) => ({
    specifier: groups?.specifier ?? "",
    typeOnly: groups?.type !== undefined,
  }));
}

/**
 * The package that a bare specifier belongs to: `@sse/core` for `@sse/core/deep`, `node:fs` for
 * itself.
 */
export function packageOf(specifier: string): string {
  const parts = specifier.split("/");
  if (specifier.startsWith("node:")) return specifier;
  return parts.slice(0, specifier.startsWith("@") ? 2 : 1).join("/");
}

/** Whether a specifier names a file beside the importing one. */
export function isRelative(specifier: string): boolean {
  return specifier.startsWith("./") || specifier.startsWith("../");
}
