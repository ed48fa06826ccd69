import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { chromium, type Page } from "playwright-core";

const executablePath = process.env["CHROMIUM"] ?? "/usr/bin/chromium";

/** Whether browser tests must be left out. Where there is to be a browser, that is an error. */
export function browserIsMissing(): boolean {
  if (existsSync(executablePath)) return false;
  const message = `${executablePath} is missing: install Chromium, or name another one by CHROMIUM`;
  if (process.env["CI"] === "true") throw new Error(message);
  console.warn(`SKIPPED: browser tests of EventSource: ${message}`);
  return true;
}

/** Opens an empty page of a browser of its own. */
export async function openPage(url: string): Promise<{ page: Page; close(): Promise<void> }> {
  const profile = await mkdtemp(join(tmpdir(), "eventsource-"));
  const browser = await chromium.launchPersistentContext(profile, {
    executablePath,
    headless: true,
    chromiumSandbox: false,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
  const page = await browser.newPage();
  await page.goto(url);
  return {
    page,
    async close() {
      await browser.close();
      await rm(profile, { recursive: true, force: true });
    },
  };
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
