import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { importCycles } from "../src/cycles.js";
import { importsOf, isRelative, packageOf } from "../src/imports.js";
import { sources, type Workspace, workspaces } from "../src/workspace.js";

/** The packages of this repository that a package may import. */
const ARROWS: Record<string, string[]> = {
  core: [],
  hub: ["core"],
  node: ["core", "hub"],
  web: ["core", "hub"],
  express: ["core", "hub", "node"],
  koa: ["core", "hub", "node"],
  fastify: ["core", "hub", "node"],
  client: ["core"],
  redis: ["core", "hub"],
  nats: ["core", "hub"],
  testing: ["core", "hub"],
};

/** Packages that run everywhere: no `node:` import, not even for a type. */
const RUNTIME_NEUTRAL = ["core", "hub", "web", "client"];

/** Folders that are programs for Node, built apart; no module of the package imports them. */
const PROGRAMS = /^doctor\//;

describe.each(workspaces("packages").map((workspace) => [workspace.manifest.name, workspace] as const))(
  "%s",
  (_name, workspace) => {
    const own = ARROWS[workspace.folder]?.map((folder) => `@sse/${folder}`);
    const imported = importedPackages(workspace);

    test("imports only the packages that the arrows allow", () => {
      expect(own, "a new package needs its row in ARROWS").toBeDefined();
      expect(imported.filter((name) => name.startsWith("@sse/") && !own?.includes(name))).toEqual([]);
      expect(Object.keys(workspace.manifest.dependencies ?? {}).filter(isForeignTo(own ?? []))).toEqual([]);
    });

    test("declares what it imports, and imports what it declares", () => {
      const { dependencies = {}, peerDependencies = {} } = workspace.manifest;
      const declared = new Set([...Object.keys(dependencies), ...Object.keys(peerDependencies)]);
      expect(imported.filter((name) => !name.startsWith("node:") && !declared.has(name))).toEqual([]);
      const used = [...imported, ...passedOnPeers(workspace)];
      expect([...declared].filter((name) => !used.includes(name) && !name.startsWith("@types/"))).toEqual([]);
    });

    test("its files import each other in one direction", () => {
      expect(importCycles(sources(workspace), { types: false })).toEqual([]);
    });
  },
);

const neutral = workspaces("packages").filter(({ folder }) => RUNTIME_NEUTRAL.includes(folder));
test.each(neutral.map((workspace) => [workspace.manifest.name, workspace] as const))(
  "%s imports nothing of a runtime",
  (_name, workspace) => {
    const modules = (name: string): boolean => !PROGRAMS.test(name);
    expect(importedPackages(workspace, modules).filter((name) => name.startsWith("node:"))).toEqual([]);
    const all = readdirSync(join(workspace.path, "dist"), { recursive: true, encoding: "utf8" });
    const builds = all.filter((name) => /\.c?js$/.test(name) && modules(name));
    expect(builds).not.toEqual([]);
    const ofNode = /(?:from|import|require)\s*\(?\s*["']node:/;
    const text = (name: string): string => readFileSync(join(workspace.path, "dist", name), "utf8");
    expect(builds.filter((name) => ofNode.test(text(name)))).toEqual([]);
  },
);

/** The packages that a demo may import beside one adapter. */
const BESIDE_AN_ADAPTER = ["@sse/client", "@sse/redis", "@sse/nats", "@sse/ui"];

const demos = workspaces("apps").filter(({ folder }) => folder !== "ui");
test.each(demos.map((app) => [app.manifest.name, app] as const))(
  "%s uses one adapter and nothing behind it, a log on an engine, the client, and the parts of pages",
  (_name, app) => {
    const own = importedPackages(app).filter((name) => name.startsWith("@sse/"));
    expect(own.filter((name) => !BESIDE_AN_ADAPTER.includes(name))).toHaveLength(1);
  },
);

function importedPackages(workspace: Workspace, files: (name: string) => boolean = () => true): string[] {
  return [...new Set(importedModules(workspace, files).map(packageOf))].sort();
}

function importedModules(workspace: Workspace, files: (name: string) => boolean): string[] {
  const specifiers = sources(workspace)
    .filter(({ name }) => files(name))
    .flatMap(({ text }) => importsOf(text).map(({ specifier }) => specifier));
  return [...new Set(specifiers.filter((specifier) => !isRelative(specifier)))];
}

/** Returns the peers of the packages behind a package, which it must declare to pass them on. */
function passedOnPeers({ manifest }: Workspace): string[] {
  const behind = workspaces("packages").filter(
    ({ manifest: { name } }) => name in (manifest.dependencies ?? {}),
  );
  return behind.flatMap((dependency) => Object.keys(dependency.manifest.peerDependencies ?? {}));
}

function isForeignTo(allowed: string[]): (name: string) => boolean {
  return (name) => name.startsWith("@sse/") && !allowed.includes(name);
}
