import { readFile } from "node:fs/promises";
import { checkPackage, createPackageFromTarballData, type Package } from "@arethetypeswrong/core";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { beforeAll, describe, expect, inject, test } from "vitest";
import { importsOf, isRelative, packageOf } from "../src/imports.js";
import { documents, type Manifest } from "../src/workspace.js";

describe.each(Object.entries(inject("tarballs")))("the tarball of %s", (folder, file) => {
  let data: Uint8Array<ArrayBuffer>;
  let tarball: Package;
  let manifest: Manifest;

  beforeAll(async () => {
    data = new Uint8Array(await readFile(file));
    tarball = createPackageFromTarballData(data);
    manifest = JSON.parse(read("package.json"));
  });

  const read = (name: string): string => tarball.readFile(`/node_modules/${tarball.packageName}/${name}`);
  const files = (): string[] =>
    tarball.listFiles().map((name) => name.replace(`/node_modules/${tarball.packageName}/`, ""));

  test("publint finds nothing", async () => {
    const { messages, pkg } = await publint({ pack: { tarball: data.buffer } });
    expect(messages.map((message) => formatMessage(message, pkg, { color: false }))).toEqual([]);
  });

  test("its types resolve for every kind of importer from Node 16 on", async () => {
    const result = await checkPackage(tarball);
    const problems = result.types === false ? ["no types"] : result.problems;
    expect(problems.filter((problem) => !isNode10(problem))).toEqual([]);
  });

  test("holds the build, its documents and a license, and nothing else", () => {
    const beside = files().filter((name) => !name.startsWith("dist/"));
    expect(beside.sort()).toEqual(["LICENSE", ...documents(folder), "package.json"].sort());
    expect(files()).toEqual(
      expect.arrayContaining(["dist/index.js", "dist/index.cjs", "dist/index.d.ts", "dist/index.d.cts"]),
    );
  });

  test("knows nothing of the workspace", () => {
    expect(read("package.json")).not.toMatch(/@sse\/source|workspace:|catalog:/);
  });

  test("its code and its types import only what it declares", () => {
    const { dependencies = {}, peerDependencies = {} } = manifest;
    const modules = files().filter((name) => /\.c?(js|d\.ts|d\.cts)$/.test(name));
    const imported = modules.flatMap((name) => importsOf(read(name)).map(({ specifier }) => specifier));
    const foreign = new Set(imported.filter((specifier) => !isRelative(specifier)).map(packageOf));
    const declared = new Set([...Object.keys(dependencies), ...Object.keys(peerDependencies)]);
    expect([...foreign].filter((name) => !name.startsWith("node:") && !declared.has(name))).toEqual([]);
  });
});

test("core has no run-time dependencies", async () => {
  const tarball = createPackageFromTarballData(new Uint8Array(await readFile(inject("tarballs").core ?? "")));
  const manifest: Manifest = JSON.parse(tarball.readFile("/node_modules/@sse/core/package.json"));
  expect({ ...manifest.dependencies, ...manifest.peerDependencies }).toEqual({});
});

/** Resolution before `exports` existed, which Node 20 does not use. */
function isNode10(problem: string | { kind: string; resolutionKind?: string }): boolean {
  return typeof problem === "object" && problem.resolutionKind === "node10";
}
