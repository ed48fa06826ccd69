import { existsSync, readdirSync } from "node:fs";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { defineConfig, type UserWorkspaceConfig } from "vitest/config";

type ProjectConfig = NonNullable<UserWorkspaceConfig["test"]>;

/**
 * Tests and coverage read the sources of every package: no build is needed, and none can be stale.
 */
const conditions = ["@sse/source", "module", "node", "development|production"];

/** Every workspace folder with a `test` folder is a project, named after the folder. */
const projects = ["packages", "apps", "tooling"].flatMap((group) =>
  readdirSync(new URL(group, import.meta.url))
    .filter((name) => existsSync(new URL(`${group}/${name}/test`, import.meta.url)))
    .map((name) => ({ extends: true as const, test: project(name, `${group}/${name}`) })),
);

/** A `test/global-setup.ts` runs before the tests of its project. */
function project(name: string, folder: string): ProjectConfig {
  const setup = fileURLToPath(new URL(`${folder}/test/global-setup.ts`, import.meta.url));
  return {
    name,
    root: folder,
    include: ["test/**/*.test.ts"],
    globalSetup: existsSync(setup) ? [setup] : [],
  };
}

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    projects,
    // A hang is the only thing that the limits find: on a busy machine the same work takes many
    // times as long.
    testTimeout: 600_000,
    hookTimeout: 600_000,
    expect: { poll: { timeout: 100_000 } },
    maxWorkers: availableParallelism() + 1, // many tests wait for processes that they have started
    maxConcurrency: 10, // concurrent tests are those that wait most of their time
    coverage: { provider: "v8", include: ["packages/*/src/**"] },
  },
});
