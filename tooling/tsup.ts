import { defineConfig, type Options } from "tsup";

type Config = ReturnType<typeof defineConfig>;

/** Options of a published package's build. */
export interface LibraryOptions {
  /** `neutral` for packages without any `node:` import, `node` for the rest. */
  platform: "neutral" | "node";
  /**
   * The modules that users import, relative to `src` and without extension. Default: `index` alone.
   */
  entries?: string[];
  /** Folders of `dist` that another build writes. Default: none. */
  others?: string[];
}

const common: Options = {
  removeNodeProtocol: false, // `http` may be a package, `node:http` cannot
  dts: false,
  sourcemap: true,
  clean: true,
  silent: true,
};

/**
 * The build of a published package: ESM and CommonJS. The entries of a package share their common
 * code in chunks: a class must exist once. Declarations are made by `dts.mjs`.
 */
export function library({ platform, entries = ["index"], others = [] }: LibraryOptions): Config {
  return defineConfig({
    ...common,
    clean: others.map((folder) => `!${folder}/**`),
    entry: entries.map((name) => `src/${name}.ts`),
    format: ["esm", "cjs"],
    splitting: true,
    treeshake: true,
    platform,
    target: platform === "node" ? "node20" : "es2022",
  });
}

/**
 * The build of a program for Node that a library package has beside its modules, apart from them.
 */
export function program(name: string): Config {
  return defineConfig({
    ...common,
    clean: false, // the modules are built at the same time
    entry: { [name]: `src/${name}.ts` },
    format: ["esm"],
    platform: "node",
    target: "node20",
  });
}

/** The build of an app: ESM programs, `dist/main.js` and others. */
export function app(programs: string[] = ["main"]): Config {
  return defineConfig({
    ...common,
    entry: programs.map((name) => `src/${name}.ts`),
    format: ["esm"],
    platform: "node",
    target: "node20",
  });
}
