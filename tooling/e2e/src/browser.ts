import { existsSync } from "node:fs";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";

const executablePath = process.env["CHROMIUM"] ?? "/usr/bin/chromium";
const args = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** Sizes of a window, in CSS pixels. */
const windows = {
  desktop: { width: 1280, height: 800 },
  phone: { width: 390, height: 844 },
  "small phone": { width: 320, height: 568 },
} as const;

/** The screens on which every page must fit and be readable. */
export const screens: readonly (readonly [name: string, BrowserContextOptions])[] = [
  ["a desktop in light colors", { viewport: windows.desktop, colorScheme: "light" }],
  ["a desktop in dark colors", { viewport: windows.desktop, colorScheme: "dark" }],
  ["a phone in light colors", { viewport: windows.phone, colorScheme: "light" }],
  ["a phone in dark colors", { viewport: windows.phone, colorScheme: "dark" }],
  // What a window of 1280 pixels shows at 200 % zoom.
  ["a desktop at 200 %", { viewport: { width: 640, height: 400 }, deviceScaleFactor: 2 }],
  ["a small phone", { viewport: windows["small phone"] }],
];

/** A page, and what went wrong in it. */
export interface OpenPage {
  page: Page;
  /**
   * Errors in the console, and errors that nothing caught. A test that expects some takes them out.
   */
  errors: string[];
}

/**
 * Opens an empty page in a profile of its own. It is closed after the test, which fails if there
 * are errors left.
 */
export type OpenBrowserPage = (options?: BrowserContextOptions) => Promise<OpenPage>;

/**
 * Tests in a real browser: Chromium of this machine, or the one that the environment variable
 * `CHROMIUM` names. Without one they are skipped, and that is said; with `CI=true` they fail.
 */
export function describeInBrowser(title: string, tests: (open: OpenBrowserPage) => void): void {
  if (!existsSync(executablePath)) withoutBrowser(title);
  else describe(title, () => inBrowser(tests));
}

/** Starts the browser. */
export function launch(): Promise<Browser> {
  return chromium.launch({ executablePath, args, headless: true, chromiumSandbox: false });
}

function inBrowser(tests: (open: OpenBrowserPage) => void): void {
  let browser: Browser;
  let opened: OpenPage[] = [];

  beforeAll(async () => {
    browser = await launch();
  });

  afterEach(async () => {
    const errors = opened.flatMap((open) => open.errors);
    for (const { page } of opened) await page.context().close();
    opened = [];
    expect(errors).toEqual([]);
  });

  afterAll(() => browser.close());

  tests(async (options = {}) => {
    const context = await browser.newContext({ viewport: windows.desktop, ...options });
    const page = await context.newPage();
    page.setDefaultTimeout(100_000); // as the tests: only a hang reaches it
    const errors: string[] = [];
    page.on("console", (message) => message.type() === "error" && errors.push(message.text()));
    page.on("pageerror", (error) => errors.push(String(error)));
    const open = { page, errors };
    opened.push(open);
    return open;
  });
}

function withoutBrowser(title: string): void {
  const reason = `There is no browser at ${executablePath}: install Chromium, or set CHROMIUM.`;
  if (process.env["CI"] === "true") {
    test(title, () => expect.fail(reason));
  } else {
    console.warn(`SKIPPED: ${title}. ${reason}`);
    test.skip(`${title} (no browser)`);
  }
}
