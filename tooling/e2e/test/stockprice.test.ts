import { type ParsedEvent, parseEvents } from "@sse/core";
import type { Page } from "playwright-core";
import { afterEach, expect, test } from "vitest";
import { createStockServer, type StockServer } from "../../../apps/stockprice/src/server.js";
import { describeInBrowser, windows } from "../src/browser.js";
import { logEventSources } from "../src/event-source-log.js";
import { lowContrast, overflowing, watchLayout } from "../src/looks.js";

const schemes = ["light", "dark"] as const;
const sizes = Object.entries(windows);

let servers: StockServer[] = [];
afterEach(async () => {
  for (const server of servers) await server.close();
  servers = [];
});

/** A server whose seconds are short. */
async function start(options: { port?: number } = {}): Promise<StockServer> {
  const server = await createStockServer({ port: 0, interval: 200, awayTime: 1_000, ...options });
  servers.push(server);
  return server;
}

/** Everything that a server sends from now on, taken by a client that is no browser. */
async function record(url: string): Promise<ParsedEvent[]> {
  const recorded: ParsedEvent[] = [];
  const { body } = await fetch(`${url}/price`);
  const events = parseEvents(body ?? new ReadableStream());
  await events.next(); // sse:live
  void (async () => {
    for await (const event of events) recorded.push(event);
  })();
  return recorded;
}

async function isIn(page: Page, state: string): Promise<void> {
  await page.locator(`#pill[data-state="${state}"]`).waitFor();
}

function priceOf(page: Page, symbol: string): Promise<string> {
  return page.locator(`[data-symbol="${symbol}"] .price`).innerText();
}

/** Counts the pixels of the charts with the color of prices that were caught up. */
function markedPixels(page: Page): Promise<number> {
  return page.evaluate(() => {
    const accent = getComputedStyle(document.documentElement).getPropertyValue("--accent").trim();
    const [red, green, blue] = [1, 3, 5].map((at) => Number.parseInt(accent.slice(at, at + 2), 16));
    let count = 0;
    for (const canvas of document.querySelectorAll("canvas")) {
      const data = canvas.getContext("2d")?.getImageData(0, 0, canvas.width, canvas.height).data ?? [];
      for (let at = 0; at < data.length; at += 4) {
        if (data[at] === red && data[at + 1] === green && data[at + 2] === blue && data[at + 3] === 255)
          count += 1;
      }
    }
    return count;
  });
}

function pricesOnly<T extends { data: string }>(events: T[]): T[] {
  return events.filter(({ data }) => /^\d+\.\d{6}$/.test(data));
}

describeInBrowser("the stock price page", (open) => {
  test("shows eight shares, whose prices and charts move", async () => {
    const { url } = await start();
    const { page } = await open();
    await page.goto(url);
    await isIn(page, "live");
    expect(await page.locator(".card").count()).toBe(8);
    const before = { price: await priceOf(page, "AAPL"), charts: await page.locator("#grid").screenshot() };
    await expect.poll(() => priceOf(page, "AAPL")).not.toBe(before.price);
    expect((await page.locator("#grid").screenshot()).equals(before.charts)).toBe(false);
    expect(await priceOf(page, "AAPL")).toMatch(/^\d+\.\d{6}$/);
    expect(await markedPixels(page)).toBe(0);
  });

  test("catches up after its connection was dropped, marks what it missed, and loses nothing", async () => {
    const { url } = await start();
    const recorded = await record(url);
    const { page } = await open();
    const seen = await logEventSources(page);
    await page.goto(url);
    await isIn(page, "live");
    await page.locator("#drop").press("Enter");
    await isIn(page, "reconnecting");
    await page.locator('.notice[data-tone="caught-up"]').waitFor();
    await isIn(page, "live");

    const caughtUp = Number(await page.locator("#caught-up").innerText());
    expect(caughtUp).toBeGreaterThan(8);
    expect(await page.locator("#notice-text").innerText()).toContain(`Caught up: ${caughtUp} missed prices`);
    expect(await page.locator("#notice-text").innerText()).toContain(" 0 lost");
    expect(await page.locator("#lost").innerText()).toBe("0");
    await expect.poll(() => markedPixels(page)).toBeGreaterThan(100);

    const events = pricesOnly(await seen());
    await expect.poll(() => recorded.some(({ id }) => id === events.at(-1)?.id)).toBe(true);
    const from = recorded.findIndex(({ id }) => id === events[0]?.id);
    const sent = recorded.slice(from, from + events.length);
    expect(events).toEqual(sent.map(({ event, id, data }) => ({ type: event, id, data })));
  });

  test("says so when the server was restarted, and goes on with the new one's prices", async () => {
    const first = await start();
    const { page, errors } = await open();
    await page.goto(`http://127.0.0.1:${first.port}`);
    await isIn(page, "live");
    await first.close();
    await isIn(page, "reconnecting");
    await start({ port: first.port });
    await page.locator('.notice[data-tone="lost"]').waitFor();
    expect(await page.locator("#notice-text").innerText()).toContain("The server was restarted");
    await isIn(page, "live");
    const price = await priceOf(page, "AAPL");
    await expect.poll(() => priceOf(page, "AAPL")).not.toBe(price);
    errors.length = 0; // the attempts while there was no server
  });

  test("follows the shares that are chosen, and none if none is", async () => {
    const { url } = await start();
    const { page } = await open();
    await page.goto(`${url}/?symbols=AAPL,NVDA`);
    await isIn(page, "live");
    expect(await page.locator(".card h2").allInnerTexts()).toEqual(["AAPL Apple", "NVDA NVIDIA"]);
    const connecting = page.waitForRequest(/\/price\?symbols=AAPL&/);
    await page.getByRole("button", { name: "NVDA" }).click();
    await connecting;
    await isIn(page, "live");
    expect(await page.locator(".card h2").allInnerTexts()).toEqual(["AAPL Apple"]);
    expect(await page.locator("#stream-command").innerText()).toBe(`curl -N '${url}/price?symbols=AAPL'`);
    await page.getByRole("button", { name: "AAPL" }).press("Space");
    await page.getByRole("heading", { name: "No shares chosen" }).waitFor();
    await isIn(page, "idle");
    await page.getByRole("button", { name: "Follow all" }).click();
    await isIn(page, "live");
    expect(await page.locator(".card").count()).toBe(8);
  });

  test("says that the server does not answer, and recovers by itself", async () => {
    const { url } = await start();
    const { page, errors } = await open();
    await page.route("**/symbols", (route) => route.abort());
    await page.goto(url);
    await page.getByRole("heading", { name: "The server does not answer" }).waitFor();
    await isIn(page, "offline");
    await page.unroute("**/symbols");
    await isIn(page, "live");
    expect(await page.locator(".card").first().isVisible()).toBe(true);
    errors.length = 0; // the aborted requests
  });

  test("goes on from its last event when the browser has given up", async () => {
    const { url } = await start();
    const { page, errors } = await open();
    await page.goto(url);
    await isIn(page, "live");
    await page.route("**/price?*", (route) => route.fulfill({ status: 502, body: "no" }));
    await page.locator("#drop").click();
    await isIn(page, "offline");
    await page.unroute("**/price?*");
    await page.locator('.notice[data-tone="caught-up"]').waitFor();
    expect(await page.locator("#lost").innerText()).toBe("0");
    errors.length = 0; // the answers 502
  });

  test("moves nothing but the charts for readers who want stillness", async () => {
    const { url } = await start();
    const { page } = await open({ reducedMotion: "reduce" });
    await page.goto(url);
    await isIn(page, "live");
    const price = await priceOf(page, "AAPL");
    await expect.poll(() => priceOf(page, "AAPL")).not.toBe(price);
    expect(await page.evaluate(() => document.getAnimations().length)).toBe(0);
  });

  test.each(sizes)(
    "holds its layout while it loads and while it is away, on a %s",
    async (_size, viewport) => {
      const { url } = await start();
      const { page } = await open({ viewport });
      const shift = await watchLayout(page);
      await page.goto(url);
      await isIn(page, "live");
      const price = await priceOf(page, "AAPL");
      await expect.poll(() => priceOf(page, "AAPL")).not.toBe(price);
      expect(await shift()).toBeLessThan(0.01);
      await page.locator("#drop").click();
      await page.locator('.notice[data-tone="caught-up"]').waitFor();
      expect(await shift()).toBeLessThan(0.01);
    },
  );

  for (const colorScheme of schemes) {
    test.each(sizes)(`fits and can be read in ${colorScheme} colors, on a %s`, async (_size, viewport) => {
      const { url } = await start();
      const { page } = await open({ viewport, colorScheme, reducedMotion: "reduce" });
      await page.goto(url);
      await isIn(page, "live");
      const ground = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
      expect(ground).toBe(colorScheme === "light" ? "rgb(246, 247, 249)" : "rgb(14, 17, 22)");
      expect(await overflowing(page)).toEqual([]);
      expect(await lowContrast(page)).toEqual([]);
      await page.locator("#drop").click();
      await isIn(page, "reconnecting");
      expect(await lowContrast(page)).toEqual([]);
      await page.locator('.notice[data-tone="caught-up"]').waitFor();
      expect(await overflowing(page)).toEqual([]);
      expect(await lowContrast(page)).toEqual([]);
      await page.goto(`${url}/?symbols=none`);
      await isIn(page, "idle");
      expect(await overflowing(page)).toEqual([]);
      expect(await lowContrast(page)).toEqual([]);
    });
  }
});
