import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { root, workspaces } from "../src/workspace.js";

interface Metadata {
  name: string;
  license: string;
  description: string;
  sideEffects: boolean;
  homepage: string;
  version: string;
  keywords: string[];
  peerDependencies: Record<string, string>;
  bugs: string;
  repository: { url: string; directory?: string };
  publishConfig: { access: string; provenance: boolean };
}

const read = (path: string): Metadata => JSON.parse(readFileSync(join(path, "package.json"), "utf8"));

/** The address in the manifest of the repository is the one that all packages have. */
const { repository } = read(root);
const address = repository.url.replace(/^git\+|\.git$/g, "");

describe.each(workspaces("packages").map((workspace) => [workspace.manifest.name, workspace] as const))(
  "%s",
  (_name, { folder, path }) => {
    test("has what npm shows, and what provenance compares", () => {
      const directory = `packages/${folder}`;
      expect(read(path)).toMatchObject({
        license: "MIT",
        sideEffects: false,
        description: expect.stringMatching(/^\w.{20,}[^.]$/),
        homepage: `${address}/tree/main/${directory}#readme`,
        bugs: `${address}/issues`,
        repository: { type: "git", url: repository.url, directory },
        publishConfig: { access: "public", provenance: true },
      });
      expect(read(path).keywords).toEqual(expect.arrayContaining(["sse", "server-sent-events"]));
    });
  },
);

test("all packages have one version, and private ones have none to publish", () => {
  const config = JSON.parse(readFileSync(join(root, ".changeset/config.json"), "utf8"));
  const names = workspaces("packages").map(({ manifest }) => manifest.name);
  expect(config.fixed).toEqual([names.sort()]);
  expect(config.ignore.filter((name: string) => names.includes(name))).toEqual([]);
});

test.each([
  ["express", "express-4"],
  ["express", "express"],
  ["fastify", "fastify"],
  ["koa", "koa"],
])("the peer range of @sse/%s holds the version of %s that its adapter is tested with", (name, alias) => {
  const range = read(join(root, "packages", name)).peerDependencies[name] ?? "";
  const { version } = read(join(root, "tooling/conformance/node_modules", alias));
  expect(range.split(" || ").some((caret) => isInCaret(caret, version))).toBe(true);
});

/** Whether a version is in a range such as `^4.18.0`. */
function isInCaret(caret: string, version: string): boolean {
  expect(caret).toMatch(/^\^\d+\.\d+\.\d+$/);
  const [min, given] = [caret.slice(1), version].map((text) => text.split(".").map(Number));
  const [major, minor = 0, patch = 0] = given!;
  return major === min![0] && (minor > min![1]! || (minor === min![1] && patch >= min![2]!));
}
