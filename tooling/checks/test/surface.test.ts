import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { runCommand } from "../src/commands.js";
import { type Surface, surfaceOf } from "../src/surface.js";
import { entries, type Workspace, workspaces } from "../src/workspace.js";

const packages = workspaces("packages");

describe("the reading of an index file", () => {
  test("names are listed once each, under the name that users write, types apart", () => {
    const index = `
      // a note: export { not } from "./not.js";
      export { b, type T, inner as a } from "./x.js";
      export type { U } from "./y.js";
    `;
    expect(surfaceOf(index)).toEqual({ values: ["a", "b"], types: ["T", "U"] });
  });

  test.each(['export * from "./x.js";', "export const a = 1;", 'import "./x.js";'])(
    "%s is refused",
    (line) => {
      expect(() => surfaceOf(line)).toThrow("Not a list of named exports");
    },
  );
});

const modules = packages.flatMap((workspace) =>
  entries(workspace).map((entry) => [entry.name, workspace, entry] as const),
);
describe.each(modules)("%s", (name, workspace, entry) => {
  test("exports what the committed list says", async () => {
    const file = `../surface/${name.replace("@sse/", "").replace("/", "-")}.txt`;
    await expect(listing(surface(workspace, entry.source))).toMatchFileSnapshot(file);
  });

  test("has the same values in ESM and CommonJS as in its sources", async () => {
    const { values } = surface(workspace, entry.source);
    // In a Node of its own: this one resolves the packages' sources.
    const script = `import("${entry.esm}").then((esm) =>
      console.log(JSON.stringify([Object.keys(esm), Object.keys(require("${entry.cjs}"))])))`;
    const [esm, cjs] = JSON.parse(await runCommand(process.execPath, ["--eval", script], workspace.path));
    expect(esm.sort()).toEqual(values);
    expect(cjs.sort()).toEqual(values);
  });
});

const adapters = packages.filter(({ folder }) => ["express", "koa", "fastify"].includes(folder));
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

function surface({ path }: Workspace, source = "src/index.ts"): Surface {
  return surfaceOf(readFileSync(join(path, source), "utf8"));
}

function listing({ values, types }: Surface): string {
  return [...values, ...types.map((name) => `type ${name}`), ""].join("\n");
}
