import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { createChatServer } from "../../../apps/chat/src/server.js";
import { createStockServer } from "../../../apps/stockprice/src/server.js";
import { launch } from "./browser.js";

/** The pictures that the README shows; all others are for looking at, and not kept. */
const kept = fileURLToPath(new URL("../../../docs/images/", import.meta.url));
const folder = fileURLToPath(new URL("../../../screenshots/", import.meta.url));

/** The windows in which every state is taken. */
const windows: Record<string, BrowserContextOptions> = {
  "1440-light": { viewport: { width: 1440, height: 900 }, colorScheme: "light" },
  "1440-dark": { viewport: { width: 1440, height: 900 }, colorScheme: "dark" },
  "1280-light": { viewport: { width: 1280, height: 800 }, colorScheme: "light" },
  "390-light": { viewport: { width: 390, height: 844 }, colorScheme: "light" },
  "390-dark": { viewport: { width: 390, height: 844 }, colorScheme: "dark" },
};

/** A picture for the README, small enough to be kept in the repository. */
const readme: BrowserContextOptions = { viewport: { width: 1160, height: 740 }, colorScheme: "light" };

/** Takes a picture of a state, as `name-state.png`. */
type Take = (state: string) => Promise<void>;

/** Takes the states of the stock page. */
async function stock(page: Page, url: string, take: Take): Promise<void> {
  await page.goto(url);
  await isIn(page, "live");
  await page.locator(".wire .frame.event").nth(30).waitFor();
  await take("live");
  await page.getByRole("button", { name: /Drop it/ }).click();
  await page.locator('.notice[data-tone="away"]').waitFor();
  await take("away");
  await page.locator('.notice[data-tone="replay"]').waitFor();
  await take("caught-up");
  await page.getByRole("button", { name: /Stay away/ }).click();
  await page.locator('.notice[data-tone="gap"]').waitFor();
  await take("gap");
  await page.getByRole("button", { name: /Read slowly/ }).click();
  await page.locator('.lagging[data-on="true"]').first().waitFor();
  await page.waitForTimeout(5_000);
  await take("slow");
  await page.goto(`${url}/hub`);
  await takeHub(page, take);
}

/** Takes the states of the chat. */
async function chat(page: Page, url: string, take: Take): Promise<void> {
  await page.goto(url);
  await isIn(page, "live", 1);
  await take("first");
  await say(page, "Ann", "Hello Bob");
  await say(page, "Bob", "Hi Ann, what is new?");
  await page.locator('[aria-label="Ann"] .bubble', { hasText: "what is new" }).waitFor();
  await page.getByRole("button", { name: "Show me" }).click();
  await page.locator('[aria-label="Ann"] .bubble', { hasText: "blue folder" }).waitFor();
  await take("cut");
  await page.locator('.notice[data-tone="replay"]').waitFor();
  await take("mended");
  await page.goto(`${url}/#/room/music`);
  await page.getByLabel("Your name").waitFor();
  await take("join");
  await page.getByLabel("Your name").fill("Carla");
  await page.getByLabel("Your name").press("Enter");
  await isIn(page, "live");
  await page.locator("#message").fill("Anyone for jazz?");
  await page.locator("#message").press("Enter");
  await page.getByText("sent", { exact: true }).first().waitFor();
  await take("room");
  await page.goto(`${url}/hub`);
  await takeHub(page, take);
}

/** Takes the dashboard, once its plots have a line. */
async function takeHub(page: Page, take: Take): Promise<void> {
  await page.locator(".hub").first().waitFor();
  await page.waitForTimeout(3_000);
  await take("hub");
}

async function say(page: Page, name: string, text: string): Promise<void> {
  await page.getByLabel(`Message of ${name}`).fill(text);
  await page.keyboard.press("Enter");
}

async function isIn(page: Page, state: string, index = 0): Promise<void> {
  await page.locator(`.pill[data-state="${state}"]`).nth(index).waitFor();
}

async function inWindow(
  browser: Browser,
  options: BrowserContextOptions,
  visit: (page: Page) => Promise<void>,
): Promise<void> {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  page.setDefaultTimeout(100_000); // only a hang reaches it
  await visit(page);
  await context.close();
}

const tours = { stockprice: stock, chat };
const urls = {
  stockprice: await createStockServer({ port: 0, seed: 7 }),
  chat: await createChatServer({ port: 0 }),
};
const browser = await launch();
for (const path of [folder, kept]) mkdirSync(path, { recursive: true });
for (const name of ["stockprice", "chat"] as const) {
  const { url } = urls[name];
  for (const [window, options] of Object.entries(windows)) {
    await inWindow(browser, options, (page) =>
      tours[name](page, url, async (state) => {
        await page.screenshot({ path: join(folder, `${name}-${state}-${window}.png`) });
      }),
    );
  }
  const wanted = { stockprice: "caught-up", chat: "mended" }[name];
  await inWindow(browser, readme, (page) =>
    tours[name](page, url, async (state) => {
      if (state === wanted) await page.screenshot({ path: join(kept, `${name}.png`) });
    }),
  );
}
await browser.close();
for (const server of Object.values(urls)) await server.close();
