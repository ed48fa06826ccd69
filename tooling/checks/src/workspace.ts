import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The folder of the repository. */
export const root: string = fileURLToPath(new URL("../../..", import.meta.url));

/** The fields of a `package.json` that the checks read. */
export interface Manifest {
  name: string;
  version: string;
  dependencies?: Record<string, string>;
  devDependencies?: Record<string, string>;
  peerDependencies?: Record<string, string>;
  peerDependenciesMeta?: Record<string, { optional?: boolean }>;
  /** Absent in apps and tools. */
  exports?: Record<string, string | ExportConditions>;
}

/** One module of a package, with its source and its builds. */
interface ExportConditions {
  "@sse/source": string;
  import: { default: string };
  require: { default: string };
}

/** One folder of the workspace. */
export interface Workspace {
  /** The folder's own name, `core` for `@sse/core`. */
  folder: string;
  /** Absolute path. */
  path: string;
  manifest: Manifest;
}

/** The workspaces of one group, in alphabetical order. */
export function workspaces(group: "packages" | "apps"): Workspace[] {
  return readdirSync(join(root, group))
    .sort()
    .map((folder) => {
      const path = join(root, group, folder);
      return { folder, path, manifest: JSON.parse(readFileSync(join(path, "package.json"), "utf8")) };
    });
}

/**
 * The texts that a package publishes beside its code: `README.md`, and others that it refers to.
 */
export function documents(folder: string): string[] {
  const names = readdirSync(join(root, "packages", folder));
  return names.filter((name) => name.endsWith(".md") && name !== "CHANGELOG.md").sort();
}

/** A file of a workspace's `src`. */
export interface SourceFile {
  /** Relative to `src`, with forward slashes. */
  name: string;
  text: string;
}

/** The TypeScript files under a workspace's `src`. */
export function sources({ path }: Workspace): SourceFile[] {
  const src = join(path, "src");
  return readdirSync(src, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts"))
    .map((name) => ({ name: name.replaceAll("\\", "/"), text: readFileSync(join(src, name), "utf8") }));
}

/** A module that users import. */
export interface Entry {
  /** `@sse/client/shared` */
  name: string;
  /** Relative to the package: its source and its two builds. */
  source: string;
  esm: string;
  cjs: string;
}

/** The modules of a package, as its manifest lists them. */
export function entries({ manifest }: Workspace): Entry[] {
  return Object.entries(manifest.exports ?? {}).flatMap(([path, conditions]) =>
    typeof conditions === "string"
      ? []
      : {
          name: `${manifest.name}${path.slice(1)}`,
          source: conditions["@sse/source"],
          esm: conditions.import.default,
          cjs: conditions.require.default,
        },
  );
}
