import type { BrowserContext, Page } from "playwright-core";
import { afterEach, expect, test } from "vitest";
import {
  createStockServer,
  type StockServer,
  type StockServerOptions,
} from "../../../apps/stockprice/src/server.js";
import { seriousFindings } from "../src/accessibility.js";
import { describeInBrowser, screens } from "../src/browser.js";
import { countLoaded } from "../src/first-screen.js";
import { lowContrast, overflowing, watchLayout } from "../src/looks.js";
import { Link } from "./faults/support/link.js";

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** A server whose seconds are short. */
async function start(options: StockServerOptions = {}): Promise<StockServer> {
  const server = await createStockServer({
    port: 0,
    interval: 200,
    awayTime: 1_500,
    restartTime: 100,
    ...options,
  });
  closing.push(() => server.close());
  return server;
}

async function isIn(page: Page, state: string): Promise<void> {
  await page.locator(`.pill[data-state="${state}"]`).first().waitFor();
}

async function enter(page: Page, url: string): Promise<void> {
  await page.goto(url);
  await isIn(page, "live");
}

/** Opens the page again in the same profile. */
async function anotherTab(context: BrowserContext, url: string): Promise<Page> {
  const page = await context.newPage();
  await enter(page, url);
  return page;
}

function press(page: Page, name: RegExp | string): Promise<void> {
  return page.getByRole("button", { name }).click();
}

async function counter(page: Page, label: string): Promise<number> {
  const text = await page.locator(".totals .counter", { hasText: label }).locator("dd").innerText();
  return Number(text.replaceAll(",", ""));
}

function connection(page: Page): Promise<string> {
  return page.locator(".pill-detail").innerText();
}

async function notice(page: Page, tone: string): Promise<string> {
  await page.locator(`.notice[data-tone="${tone}"]`).waitFor();
  return page.locator(".notice").innerText();
}

function symbols(page: Page): Promise<string[]> {
  return page
    .locator(".watch-row")
    .evaluateAll((rows) => rows.map((row) => row.getAttribute("data-symbol") ?? ""));
}

/** Returns what is wrong with the looks of a page. */
async function faults(page: Page): Promise<string[]> {
  return [...(await overflowing(page)), ...(await lowContrast(page)), ...(await seriousFindings(page))];
}

async function connections(url: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return Number(/^sse_hub_connections\{[^}]*hub="price"[^}]*\} (\d+)/m.exec(text)?.[1]);
}

describeInBrowser("the stock price page", (open) => {
  test("a dropped connection catches up: counted, tinted and drawn, with the id in the request", async () => {
    const { url } = await start();
    const { page } = await open();
    const loaded = countLoaded(page);
    const shift = await watchLayout(page);
    await enter(page, url);
    const before = await page.locator("[data-price]").innerText();
    await expect.poll(() => page.locator("[data-price]").innerText()).not.toBe(before);
    const prices = async (): Promise<string[]> => [
      await page.locator('.watch-row[data-selected="true"] .price').innerText(),
      (await page.locator("[data-price]").innerText()).replace(/\d{4}$/, "").trim(),
    ];
    await expect.poll(async () => new Set(await prices()).size).toBe(1);
    const { requests, bytes, foreign } = await loaded();
    expect(requests).toBeLessThan(12);
    expect(bytes).toBeLessThan(150_000);
    expect(foreign).toEqual([]);

    await press(page, /Drop it/);
    await isIn(page, "away");
    expect(await notice(page, "away")).toContain("The line is down");
    expect(await faults(page)).toEqual([]);
    expect(await notice(page, "replay")).toMatch(/^\d+ missed prices arrived: in order, once each\. 0 lost/);
    const caughtUp = await counter(page, "Caught up");
    expect(caughtUp).toBeGreaterThan(5);
    expect(await counter(page, "Lost unnoticed")).toBe(0);
    expect(await counter(page, "Gaps told")).toBe(0);
    expect(await page.locator(".wire-request mark").innerText()).toMatch(/^Last-Event-ID: [\w.-]+$/);
    expect(await page.locator(".wire-outcome").innerText()).toContain(`${caughtUp} events sent late`);
    expect(await page.locator(".timeline .caught").innerText()).toBe(`${caughtUp} caught up`);
    expect(await faults(page)).toEqual([]);
    expect(await shift()).toBeLessThan(0.05);
  });

  test("an eviction and a restart are told as gaps, and the chart has a hole in place of a curve", async () => {
    const { url } = await start();
    const { page, errors } = await open();
    await enter(page, url);
    await press(page, /Stay away/);
    expect(await notice(page, "gap")).toContain("no longer held");
    expect(await counter(page, "Gaps told")).toBe(1);
    await isIn(page, "live");
    await press(page, /Restart the server/);
    await isIn(page, "away");
    await expect.poll(() => notice(page, "gap")).toContain("The server was restarted");
    expect(await counter(page, "Gaps told")).toBe(2);
    expect(await counter(page, "Lost unnoticed")).toBe(0);
    expect(await page.locator('.timeline .segment[data-kind="gap"]').count()).toBe(2);
    expect(await faults(page)).toEqual([]);
    errors.length = 0; // the attempts while there was no server
  });

  test("a dead line is noticed, although neither end was told", async () => {
    const server = await start({ heartbeat: 500 });
    const link = await Link.to(server.port);
    closing.push(() => link.close());
    const { page } = await open();
    await enter(page, `http://127.0.0.1:${link.port}`);
    link.fault = "frozen";
    await isIn(page, "away");
    expect(await notice(page, "away")).toContain("The line is down");
  });

  test("symbols come and go on one connection, whose evidence stays", async () => {
    const { url } = await start();
    const { page } = await open();
    await enter(page, url);
    const id = await connection(page);
    expect(id).toMatch(/^connection \w{6}$/);
    expect(await symbols(page)).toEqual(["AAPL", "AMZN", "MSFT", "NVDA", "TSLA"]);
    const received = await counter(page, "Received");
    await page.getByLabel("Add a symbol").selectOption("NFLX");
    await page.getByRole("region", { name: "Netflix" }).waitFor();
    await page.locator(".wire .frame.event", { hasText: "NFLX" }).first().waitFor();
    await press(page, "Remove AAPL");
    expect(await symbols(page)).toEqual(["AMZN", "MSFT", "NVDA", "TSLA", "NFLX"]);
    expect(await connection(page)).toBe(id);
    expect(await counter(page, "Received")).toBeGreaterThan(received);
    // A reconnect names the topics of now.
    await press(page, /Drop it/);
    await notice(page, "replay");
    expect(await page.locator(".wire-request").innerText()).toContain("symbols=AMZN,MSFT,NVDA,TSLA,NFLX");
    expect(await counter(page, "Lost unnoticed")).toBe(0);

    for (const symbol of await symbols(page)) await press(page, `Remove ${symbol}`);
    await page.getByRole("heading", { name: "Nothing is watched" }).waitFor();
    await isIn(page, "cut");
    expect(await faults(page)).toEqual([]);
    await page.getByLabel("Add a symbol").selectOption("META");
    await isIn(page, "live");
    expect(await symbols(page)).toEqual(["META"]);
  });

  test("eight tabs over HTTP/1.1 share one connection, and go on when its holder is closed", async () => {
    const { url } = await start();
    const { page: first } = await open();
    await enter(first, url);
    const context = first.context();
    const tabs = [first];
    while (tabs.length < 8) tabs.push(await anotherTab(context, url));
    expect(await connections(url)).toBe(1);
    const note = (page: Page): Promise<string> => page.locator(".tabs-note").innerText();
    await expect.poll(() => note(first)).toBe("8 tabs · 1 connection · this tab leads");
    await expect.poll(() => note(tabs[7]!)).toBe("8 tabs · 1 connection · this tab follows");
    await first.close();
    const last = tabs[7]!;
    const received = await counter(last, "Received");
    await expect.poll(() => counter(last, "Received")).toBeGreaterThan(received);
    expect(await connections(url)).toBe(1);
    expect(await counter(last, "Lost unnoticed")).toBe(0);
    // Requests are served while eight streams are live.
    await last.getByLabel("Add a symbol").selectOption("GOOG");
    await expect.poll(() => symbols(tabs[3]!)).toContain("GOOG");
  });

  test("a slow line conflates, and the page receives 1,000 events a second", async () => {
    const { url } = await start({ interval: 1_000 });
    const { page } = await open();
    await enter(page, url);
    await press(page, /Read slowly/);
    const lane = (name: string) => page.getByRole("region", { name, exact: true });
    const value = async (name: string, label: string): Promise<number> =>
      Number(
        (await lane(name).locator(".counter", { hasText: label }).locator("dd").innerText()).replaceAll(
          ",",
          "",
        ),
      );
    await expect.poll(() => value("Conflated", "Conflated")).toBeGreaterThan(100);
    expect(await value("Every price", "Conflated")).toBe(0);
    const age = async (name: string): Promise<number> =>
      Number.parseFloat(await lane(name).locator(".age b").innerText());
    await expect.poll(async () => (await age("Every price")) - (await age("Conflated"))).toBeGreaterThan(2);
    expect(await faults(page)).toEqual([]);

    await page.getByLabel("as it is").check();
    await page.getByRole("slider").press("End");
    await page.getByText("1,000 events a second").waitFor();
    await expect.poll(() => value("Conflated", "Received")).toBeGreaterThan(2_000);
    const session = await page.context().newCDPSession(page);
    await session.send("Performance.enable");
    const used = async (): Promise<{ task: number; at: number }> => {
      const { metrics } = await session.send("Performance.getMetrics");
      const of = (name: string): number => metrics.find((metric) => metric.name === name)?.value ?? 0;
      return { task: of("TaskDuration"), at: of("Timestamp") };
    };
    const from = await used();
    const received = await value("Conflated", "Received");
    await expect.poll(() => value("Conflated", "Received")).toBeGreaterThan(received + 3_000);
    const to = await used();
    // Reported, not asserted: other programs of a busy machine take their part.
    const share = (to.task - from.task) / (to.at - from.at);
    console.info(`the page at 1,000 events a second: ${share.toFixed(2)} of a core`);
  });

  test("a command that is selected stays, and each button says what it copies", async () => {
    const { url } = await start();
    const { page } = await open();
    await enter(page, url);
    const command = page.locator(".command code").nth(1);
    await command.selectText();
    const before = await command.innerText();
    const received = await counter(page, "Received");
    await expect.poll(() => counter(page, "Received")).toBeGreaterThan(received + 20);
    expect(await command.innerText()).toBe(before);
    await page.evaluate(() => getSelection()?.removeAllRanges());
    await expect.poll(() => command.innerText()).not.toBe(before);
    const names = await page
      .getByRole("button", { name: /^Copy/ })
      .evaluateAll((buttons) => buttons.map((button) => button.getAttribute("aria-label")));
    expect(new Set(names).size).toBe(names.length);
  });

  test("the keyboard alone reaches and runs everything", async () => {
    const { url } = await start();
    const { page } = await open();
    await enter(page, url);
    const reached: string[] = [];
    for (let step = 0; step < 40; step++) {
      await page.keyboard.press("Tab");
      const { name, outlined, over } = await page.evaluate(() => {
        const { activeElement: element } = document;
        const { outlineStyle } = getComputedStyle(element ?? document.body);
        return {
          name: element?.getAttribute("aria-label") ?? element?.textContent ?? "",
          over: element === document.body,
          outlined: outlineStyle !== "none",
        };
      });
      if (over) break;
      expect(outlined, name).toBe(true);
      reached.push(name);
    }
    const all = reached.join("\n");
    for (const part of ["Skip to the prices", "Drop it", "Restart", "Remove AAPL", "Frames", "Start", "Copy"])
      expect(all).toContain(part);
    await page.getByRole("button", { name: /Drop it/ }).focus();
    await page.keyboard.press("Enter");
    await notice(page, "replay");
  });

  test("nothing moves for readers who prefer that, and the server's absence is said", async () => {
    const { url } = await start();
    const { page, errors } = await open({ reducedMotion: "reduce" });
    await page.route("**/symbols", (route) => route.abort());
    await page.goto(url);
    await page.getByRole("heading", { name: "The server does not answer" }).waitFor();
    expect(await faults(page)).toEqual([]);
    await page.unroute("**/symbols");
    await isIn(page, "live");
    const received = await counter(page, "Received");
    await expect.poll(() => counter(page, "Received")).toBeGreaterThan(received);
    expect(await page.evaluate(() => document.getAnimations().length)).toBe(0);
    errors.length = 0; // the aborted requests
  });

  test.each(screens)("fits and can be read on %s, and so does the dashboard", async (_name, screen) => {
    const { url } = await start();
    const { page } = await open({ ...screen, reducedMotion: "reduce" });
    const shift = await watchLayout(page);
    await enter(page, url);
    expect(await faults(page)).toEqual([]);
    expect(await shift()).toBeLessThan(0.05);
    await enter(page, `${url}/hub`);
    await page.getByRole("region", { name: "Hub price" }).waitFor();
    const values = page.getByRole("region", { name: "Hub price" }).locator("dd");
    await expect.poll(async () => Number(await values.nth(1).innerText())).toBeGreaterThanOrEqual(0);
    expect(await faults(page)).toEqual([]);
    expect(await shift()).toBeLessThan(0.05);
  });

  test("the sample with a plain EventSource shows prices", async () => {
    const { url } = await start();
    const { page } = await open();
    await page.goto(`${url}/plain`);
    await expect.poll(() => page.locator("li").first().innerText()).toMatch(/^AAPL \d+\.\d{6}$/);
  });
});
