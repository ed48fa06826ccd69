import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

/**
 * Measures what a page downloads for one import, in bytes: minified ESM, gzip -9.
 *
 * @param program a module; it imports from the sources as a file in `test` does.
 * @param external packages that are not counted.
 */
export async function downloadSize(program: string, external: string[] = []): Promise<number> {
  const { outputFiles } = await build({
    stdin: { contents: program, resolveDir: fileURLToPath(new URL("..", import.meta.url)) },
    bundle: true,
    minify: true,
    write: false,
    format: "esm",
    target: "es2022",
    conditions: ["@sse/source"],
    external,
  });
  return gzipSync(outputFiles[0]?.contents ?? "", { level: 9 }).length;
}
