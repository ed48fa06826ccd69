import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import type { Page } from "playwright-core";
import { startChromium } from "../../support/chromium.js";

/** Opens an empty page of a browser of its own. */
export async function openPage(url: string): Promise<{ page: Page; close(): Promise<void> }> {
  const { browser, close } = await startChromium();
  const page = await browser.newPage();
  await page.goto(url);
  return { page, close };
}

/** Bundles a script of this folder, as it is in the sources now, for a page or a worker. */
export async function bundle(name: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL(name, import.meta.url))],
    bundle: true,
    write: false,
    format: "iife",
    target: "es2022",
    conditions: ["@sse/source"],
  });
  return outputFiles[0]?.text ?? "";
}
