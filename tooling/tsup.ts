import { copyFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { defineConfig, type Options } from "tsup";

type Config = ReturnType<typeof defineConfig>;

/** What a published package may vary. */
export interface LibraryOptions {
  /** `neutral` for packages without any `node:` import, `node` for the rest. */
  platform: "neutral" | "node";
  /** Development dependencies that are compiled into the build; their licence texts are shipped beside it. */
  bundled?: string[];
}

const common: Options = {
  removeNodeProtocol: false, // `http` may be a package, `node:http` cannot
  dts: false,
  sourcemap: true,
  clean: true,
  splitting: false,
  silent: true,
};

/** The build of a published package: ESM and CommonJS from `src/index.ts`. Declarations come from `dts.mjs`. */
export function library({ platform, bundled = [] }: LibraryOptions): Config {
  return defineConfig({
    ...common,
    entry: ["src/index.ts"],
    format: ["esm", "cjs"],
    platform,
    target: platform === "node" ? "node20" : "es2022",
    noExternal: bundled,
    onSuccess: async () => {
      for (const name of bundled) await copyFile(licenceOf(name), join("dist", `${name}.license.txt`));
    },
  });
}

/** The build of an app: one ESM program, `dist/main.js`. */
export function app(): Config {
  return defineConfig({
    ...common,
    entry: ["src/main.ts"],
    format: ["esm"],
    platform: "node",
    target: "node20",
  });
}

function licenceOf(name: string): string {
  const require = createRequire(join(process.cwd(), "package.json"));
  return join(dirname(require.resolve(`${name}/package.json`)), "LICENSE");
}
