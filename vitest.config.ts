import { existsSync, readdirSync } from "node:fs";
import { defineConfig } from "vitest/config";

/** Tests and coverage read the sources of every package: no build is needed, and none can be stale. */
const conditions = ["@sse/source", "module", "node", "development|production"];

/** Every workspace folder with a `test` folder is a project, named after the folder. */
const projects = ["packages", "apps", "tooling"].flatMap((group) =>
  readdirSync(new URL(group, import.meta.url), { withFileTypes: true })
    .filter(
      (entry) => entry.isDirectory() && existsSync(new URL(`${group}/${entry.name}/test`, import.meta.url)),
    )
    .map(({ name }) => ({
      extends: true as const,
      test: { name, root: `./${group}/${name}`, include: ["test/**/*.test.ts"] },
    })),
);

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    projects,
    coverage: { provider: "v8", include: ["packages/*/src/**"] },
  },
});
