// The API reference: pages that TypeDoc makes from the types and doc comments of the packages.
import { readdirSync, readFileSync } from "node:fs";
import { join, posix } from "node:path";
import { fileURLToPath } from "node:url";
import { Application } from "typedoc";

const root = fileURLToPath(new URL("../..", import.meta.url));

/**
 * Lists the modules that users import, those whose names others pass on first: a name is described
 * where it comes from.
 * @returns {{ name: string, source: string }[]}
 */
export function modules() {
  const first = ["core", "hub", "node"];
  const folders = readdirSync(join(root, "packages")).filter((folder) => !first.includes(folder));
  return [...first, ...folders].flatMap((folder) => {
    const { name, exports } = JSON.parse(
      readFileSync(join(root, "packages", folder, "package.json"), "utf8"),
    );
    return Object.entries(exports)
      .filter(([path, target]) => target["@sse/source"] && path !== "./internal")
      .map(([path, target]) => ({
        name: posix.join(name, path),
        source: posix.join("packages", folder, target["@sse/source"]),
      }));
  });
}

/** Writes the pages into a folder. Returns whether that succeeded. @param {string} folder */
export async function writeApi(folder) {
  const entries = modules();
  const app = await Application.bootstrapWithPlugins({
    plugin: ["typedoc-plugin-markdown"],
    entryPoints: entries.map(({ source }) => join(root, source)),
    tsconfig: join(root, "tsconfig.base.json"),
    compilerOptions: { noEmit: true, isolatedDeclarations: false, declaration: false },
    skipErrorChecking: true, // the compiler of the workspace is a later one
    excludeReferences: true,
    excludeInternal: true,
    excludePrivate: true,
    excludeExternals: true,
    outputs: [{ name: "markdown", path: folder }],
    readme: "none",
    name: "API",
    disableSources: true,
    validation: { invalidLink: true, notExported: false, notDocumented: false },
    treatValidationWarningsAsErrors: true,
    // Options of the plugin
    router: "module",
    entryFileName: "README",
    hideBreadcrumbs: true,
    hidePageHeader: true,
    useHTMLAnchors: true,
    sanitizeComments: true,
    parametersFormat: "table",
    interfacePropertiesFormat: "table",
    typeAliasPropertiesFormat: "table",
  });
  const points = app.getEntryPoints() ?? [];
  for (const point of points)
    point.displayName = entries.find(({ source }) => point.sourceFile.fileName.endsWith(`/${source}`))?.name;
  const project = app.converter.convert(points);
  app.validate(project);
  if (!app.logger.hasErrors()) await app.generateOutputs(project);
  return !app.logger.hasErrors();
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  process.exitCode = (await writeApi(join(root, "docs/api"))) ? 0 : 1;
