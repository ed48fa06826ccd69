import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type BrowserContext, chromium } from "playwright-core";

const executablePath = process.env["CHROMIUM"] ?? "/usr/bin/chromium";

/** Whether there is no browser, which is said aloud. Where there is to be one, that is an error. */
export function chromiumIsMissing(): boolean {
  if (existsSync(executablePath)) return false;
  const message = `${executablePath} is missing: install Chromium, or name another one by CHROMIUM`;
  if (process.env["CI"] === "true") throw new Error(message);
  console.warn(`SKIPPED: tests in a browser: ${message}`);
  return true;
}

/** Starts a browser of its own, without any memory. */
export async function startChromium(): Promise<{ browser: BrowserContext; close(): Promise<void> }> {
  const profile = await mkdtemp(join(tmpdir(), "sse-chromium-"));
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
  return {
    browser,
    async close() {
      await browser.close();
      await rm(profile, { recursive: true, force: true });
    },
  };
}
