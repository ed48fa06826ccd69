import { readdirSync } from "node:fs";
import { join } from "node:path";
import { defineConfig, type UserConfig } from "vite";

/**
 * The build of an app's pages: every `page/*.html` with what it loads, into `dist/page`. Names in
 * `assets` contain a hash of the content, so a browser may keep them for ever.
 *
 * @param folder the folder of the app.
 */
export function pages(folder: string): UserConfig {
  const root = join(folder, "page");
  const inputs = readdirSync(root).filter((name) => name.endsWith(".html"));
  return defineConfig({
    root,
    publicDir: "public",
    logLevel: "warn",
    oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
    build: {
      outDir: join(folder, "dist/page"),
      emptyOutDir: true,
      target: "es2022",
      assetsInlineLimit: 0, // the content security policy of the pages has no data: URLs
      modulePreload: { polyfill: false },
      rolldownOptions: { input: inputs.map((name) => join(root, name)) },
    },
  });
}
