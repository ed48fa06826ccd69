import { posix } from "node:path";
import { describe, expect, test } from "vitest";
import { importCycles } from "../src/cycles.js";
import { type Layers, wrongArrows } from "../src/folders.js";
import { classesOf, functionsOf, type Sized } from "../src/sizes.js";
import { texts } from "../src/texts.js";
import { sources, type Workspace, workspaces } from "../src/workspace.js";

/**
 * The folders of the packages that have some, from the bottom to the top; see docs/architecture.md.
 */
const LAYERS: Record<string, Layers> = {
  hub: [
    ["clock", "deadlines", "error-throttle", "errors", "require-event", "sleep", "utf8", "validate"],
    ["log/"],
    ["emitter", "event-schemas", "hooks", "known-keys", "options", "stats", "subscription"],
    ["delivery/"],
    ["connection/", "publish/"],
    ["runs/"],
    ["cluster/"],
    ["drain", "hub", "hub-parts", "metrics"],
    ["endpoint/"],
    ["adapter", "adapter/"],
    ["index"],
  ],
  nats: [
    ["clock", "entry-codec", "errors", "options", "subjects"],
    ["connection/"],
    ["stored/"],
    ["follow/"],
    ["appender", "bus", "stream-reads"],
    ["runs/"],
    ["nats-log"],
    ["index"],
  ],
  redis: [
    ["driver", "entry", "errors", "ioredis", "node-redis", "stretch"],
    ["load-driver"],
    ["options"],
    ["retention", "session"],
    ["link"],
    ["epoch/", "reconnect-loop"],
    ["script"],
    ["store"],
    ["bus", "read/", "tail"],
    ["runs/"],
    ["redis-log"],
    ["index"],
  ],
  client: [
    [
      "call-safely",
      "clock",
      "deferred",
      "errors",
      "events",
      "forms",
      "lifecycle",
      "mime-type",
      "options",
      "retry",
      "stats",
      "storage",
    ],
    ["consumers/", "resume/"],
    ["transport/"],
    ["client", "client-state", "client-receiver", "create-client", "visibility"],
    ["create-event-source", "run-text"],
    ["eventsource/", "index", "shared/"],
    ["doctor/"],
  ],
};

const maxFilesPerFolder = 20;
const maxLines = 400;
const maxMembers = 25;
const maxFunctionLines = 40;

/** Tests in suites, which are nested functions and as long as there are sentences to prove. */
const suites = "packages/testing/src/conformance/";

describe("the arrows between folders", () => {
  const layers: Layers = [["clock", "sleep"], ["log/"], ["cluster/", "publish/"], ["index"]];
  const arrows = (name: string, specifier: string): string[] =>
    wrongArrows([{ name, text: `import type { A } from "${specifier}";\n` }], layers);

  test.each([
    ["publish/publisher.ts", "../cluster/peer.js", "publish/publisher.ts -> cluster/peer.ts"],
    ["log/bus.ts", "../cluster/peer.js", "log/bus.ts -> cluster/peer.ts"],
    ["clock.ts", "./log/bus.js", "clock.ts -> log/bus.ts"],
    ["other.ts", "./clock.js", "other has no row"],
  ])("%s may not import %s", (name, specifier, found) => {
    expect(arrows(name, specifier)).toEqual([found]);
  });

  test.each([
    ["publish/publisher.ts", "../log/bus.js"],
    ["publish/publisher.ts", "./publication.js"],
    ["clock.ts", "./sleep.js"],
    ["index.ts", "./log/bus.js"],
  ])("%s may import %s", (name, specifier) => {
    expect(arrows(name, specifier)).toEqual([]);
  });
});

const packages = workspaces("packages").map((workspace) => [workspace.folder, workspace] as const);

test.each(packages.filter(([folder]) => folder in LAYERS))(
  "the folders of %s import downward",
  (folder, workspace) => {
    expect(wrongArrows(sources(workspace), LAYERS[folder] ?? [])).toEqual([]);
  },
);

test.each(packages)(
  "the files of %s import each other in one direction, types included",
  (_folder, workspace) => {
    expect(importCycles(sources(workspace))).toEqual([]);
  },
);

test.each(packages)(`no folder of %s holds more than ${maxFilesPerFolder} files`, (_folder, workspace) => {
  const names = sources(workspace).map(({ name }) => posix.dirname(name));
  const crowded = [...new Set(names)].filter(
    (name) => names.filter((other) => other === name).length > maxFilesPerFolder,
  );
  expect(crowded).toEqual([]);
});

test.each(packages)(`no file of %s is longer than ${maxLines} lines`, (_folder, workspace) => {
  const long = sources(workspace).filter(({ text }) => text.split("\n").length - 1 > maxLines);
  expect(long.map(({ name }) => name)).toEqual([]);
});

test.each(packages)(
  "large classes and functions of %s have their reason beside them",
  (_folder, workspace) => {
    expect(unexplained(workspace)).toEqual([]);
  },
);

/**
 * Returns the classes and functions of a package that are large without a comment such as `Over 25
 * members: …`.
 */
function unexplained({ folder }: Workspace): string[] {
  const files = texts().filter(
    ({ name }) => name.startsWith(`packages/${folder}/src/`) && !name.startsWith(suites),
  );
  const classes = files.flatMap(classesOf).filter(isUnexplained(maxMembers, "members"));
  const functions = files.flatMap(functionsOf).filter(isUnexplained(maxFunctionLines, "lines"));
  return [...classes, ...functions].map(({ name, size }) => `${name}: ${size}`);
}

function isUnexplained(limit: number, unit: string): (sized: Sized) => boolean {
  return ({ size, comment }) => size > limit && !comment.includes(`Over ${limit} ${unit}: `);
}
