import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { runCommand } from "../src/commands.js";
import { type Surface, surfaceOf, surfaceOfModule } from "../src/surface.js";
import { entries, type Workspace, workspaces } from "../src/workspace.js";

const packages = workspaces("packages");

/** The packages that one installs for a framework or runtime. */
const adapterFolders = ["node", "web", "express", "koa", "fastify"];

describe("the reading of an index file", () => {
  test("names are listed once each, under the name that users write, types apart", () => {
    const index = `
      // a note: export { not } from "./not.js";
      export { b, type T, inner as a } from "./x.js";
      export type { U } from "./y.js";
    `;
    expect(surfaceOf(index)).toEqual({ values: ["a", "b"], types: ["T", "U"] });
  });

  test("a package that may be passed on is listed with its names, once", () => {
    const passedOn = (name: string) => ({ values: ["b", name], types: ["T"] });
    const index = 'export * from "@sse/core"; export { b } from "./x.js";';
    expect(surfaceOf(index, passedOn)).toEqual({ values: ["@sse/core", "b"], types: ["T"] });
  });

  test.each(['export * from "./x.js";', "export const a = 1;", 'import "./x.js";'])(
    "%s is refused",
    (line) => {
      expect(() => surfaceOf(line)).toThrow("Not a list of named exports");
    },
  );
});

test("a module that is an entry by itself is listed with its own declarations", () => {
  const module = "export interface T {}\nfunction inner() {}\nexport function b() {}\nexport const a = 1;";
  expect(surfaceOfModule(module)).toEqual({ values: ["a", "b"], types: ["T"] });
});

const modules = packages.flatMap((workspace) =>
  entries(workspace).map((entry) => [entry.name, workspace, entry] as const),
);
/** Vitest refuses to be loaded by `require`: the CommonJS build of its suites is for types. */
const esmOnly = ["@sse/testing/conformance"];

describe.each(modules)("%s", (name, workspace, entry) => {
  /** In a Node of its own: this one resolves the packages' sources. */
  const exportsOf = async (...loaders: string[]): Promise<string[][]> => {
    const script = `Promise.all([${loaders.join()}]).then((all) =>
      console.log(JSON.stringify(all.map((module) => Object.keys(module).sort()))))`;
    return JSON.parse(await runCommand(process.execPath, ["--eval", script], workspace.path));
  };

  test("exports what the committed list says", async () => {
    const file = `../surface/${name.replace("@sse/", "").replace("/", "-")}.txt`;
    await expect(listing(surface(workspace, entry.source))).toMatchFileSnapshot(file);
  });

  test("has the same values in ESM as in its sources", async () => {
    expect(await exportsOf(`import("${entry.esm}")`)).toEqual([surface(workspace, entry.source).values]);
  });

  test.skipIf(esmOnly.includes(name))("has the same values in CommonJS", async () => {
    const { values } = surface(workspace, entry.source);
    const [cjs, named = []] = await exportsOf(`require("${entry.cjs}")`, `import("${entry.cjs}")`);
    expect(cjs).toEqual(values);
    // The names that Node sees in CommonJS without running it: an ES module may import these one by
    // one.
    expect(named.filter((name) => !ofCommonJs.has(name))).toEqual(values);
  });
});

const adapters = packages.filter(({ folder }) => adapterFolders.includes(folder));
test.each(adapters.map((workspace) => [workspace.manifest.name, workspace] as const))(
  "%s re-exports core and hub, so that one install is enough",
  (_name, workspace) => {
    const own = new Set(listing(surface(workspace)).split("\n"));
    const behind = packages.filter(({ folder }) => folder === "core" || folder === "hub");
    const missing = behind
      .flatMap((dependency) => listing(surface(dependency)).split("\n"))
      .filter((name) => !own.has(name));
    expect(missing).toEqual([]);
  },
);

test.each(adapters.map((workspace) => [workspace.manifest.name, workspace] as const))(
  "%s has the metrics of the hub, beside an API that is optional as there",
  (_name, workspace) => {
    const hub = packages.find(({ folder }) => folder === "hub")!.manifest;
    const metrics = entries(workspace).find(({ name }) => name === `${workspace.manifest.name}/metrics`);
    expect(surface(workspace, metrics?.source)).toEqual(passedOn("@sse/hub/metrics"));
    expect(workspace.manifest.peerDependencies).toMatchObject(hub.peerDependencies ?? {});
    expect(workspace.manifest.peerDependenciesMeta).toEqual(hub.peerDependenciesMeta);
  },
);

/** The names that Node adds to those of a CommonJS module. */
const ofCommonJs = new Set(["default", "__esModule", "module.exports"]);

/** The values that one adapter has alone. */
const ownValues: Record<string, string[]> = {
  node: ["ResponseSink"],
  web: ["WebSink"],
  fastify: ["sse"],
};

test.each(adapters.map((workspace) => [workspace.manifest.name, workspace] as const))(
  "%s has the functions of the other adapters, so that switching changes one import",
  (_name, workspace) => {
    const common = (adapter: Workspace): string[] => {
      const own = ownValues[adapter.folder] ?? [];
      return surface(adapter).values.filter((name) => !own.includes(name));
    };
    const [first] = adapters;
    expect(common(workspace)).toEqual(common(first!));
  },
);

function surface({ path, folder }: Workspace, source = "src/index.ts"): Surface {
  const index = readFileSync(join(path, source), "utf8");
  // A subpath for one function needs no list beside it. The built files are compared with this.
  if (folder === "hub" && source.endsWith("src/metrics.ts")) return surfaceOfModule(index);
  return adapterFolders.includes(folder) ? surfaceOf(index, passedOn) : surfaceOf(index);
}

/** An adapter passes on the packages behind it, whole. */
function passedOn(name: string): Surface {
  if (!["@sse/core", "@sse/hub", "@sse/hub/metrics"].includes(name))
    throw new Error(`no adapter passes on ${name}`);
  const [, workspace, { source }] = modules.find(([module]) => module === name)!;
  return surface(workspace, source);
}

function listing({ values, types }: Surface): string {
  return [...values, ...types.map((name) => `type ${name}`), ""].join("\n");
}
