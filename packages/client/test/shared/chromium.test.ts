import { EventEmitter, once } from "node:events";
import type { ServerResponse } from "node:http";
import { fileURLToPath } from "node:url";
import { createHub } from "@sse/hub";
import { hubStream } from "@sse/node";
import { build } from "esbuild";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { chromiumIsMissing, startChromium } from "../support/chromium.js";
import { type Listening, listen } from "../support/servers.js";

/** The events that the page's script leaves for the test to look at. */
declare const received: number[];
declare const gaps: number;
declare const source: { close(): void };

const script = `
  import { createSharedEventSource } from "../../src/shared/index.js";
  const parameters = new URL(location).searchParams;
  globalThis.received = [];
  globalThis.gaps = 0;
  globalThis.source = createSharedEventSource("/events", { decode: "json", lastEventId: parameters.get("from"), name: parameters.get("name") ?? undefined });
  source.on("n", ({ data }) => received.push(data));
  source.onLifecycle("gap", () => gaps++);`;

describe.skipIf(chromiumIsMissing())("tabs of a real browser", () => {
  const hub = createHub({ retry: 0, heartbeat: { interval: 500 } });
  let server: Listening;
  let chromium: Awaited<ReturnType<typeof startChromium>>;
  let opened = 0;
  /** Emits the responses for which a page waits. */
  const holding = new EventEmitter();
  const events = hubStream(hub);

  beforeAll(async () => {
    const { outputFiles } = await build({
      stdin: { contents: script, resolveDir: fileURLToPath(new URL(".", import.meta.url)) },
      bundle: true,
      write: false,
      format: "iife",
      target: "es2022",
      conditions: ["@sse/source"],
    });
    const page = `<!doctype html><script>${outputFiles[0]?.text.replaceAll("</script", "<\\/script")}</script>`;
    server = await listen((request, response) => {
      if (request.url === "/events") {
        opened += 1;
        events(request, response);
      } else if (request.url === "/hold") {
        holding.emit("request", response);
      } else {
        response.writeHead(200, { "content-type": "text/html" }).end(page);
      }
    });
    chromium = await startChromium();
  });

  afterAll(async () => {
    await chromium?.close();
    await hub.close();
    await server?.close();
  });

  async function publish(from: number, to: number): Promise<void> {
    for (let n = from; n <= to; n++) await hub.broadcast({ event: "n", data: n });
  }

  async function expectAll(pages: Page[], count: number): Promise<void> {
    const all = Array.from({ length: count }, (_, index) => index + 1);
    for (const page of pages) {
      await page.waitForFunction((last) => received.includes(last), count);
      expect(await page.evaluate(() => [received, gaps])).toEqual([all, 0]);
    }
  }

  test("eight of them share one connection, and go on when the ones that hold it go", async () => {
    const from = hub.position();
    const pages: Page[] = [];
    for (let count = 0; count < 8; count++) {
      const page = await chromium.browser.newPage();
      await page.goto(`${server.url}?from=${from}`);
      pages.push(page);
    }
    await publish(1, 20);
    await expectAll(pages, 20);
    expect([opened, hub.connections().length]).toEqual([1, 1]);

    // The first to come holds the connection. It is closed as a user does, in the midst of events.
    const publishing = publish(21, 60);
    await pages.shift()?.close();
    await publishing;
    await publish(61, 80);
    await expectAll(pages, 80);
    expect([opened, hub.connections().length]).toEqual([2, 1]);

    // The next one only closes its client, and another one crashes.
    await pages.shift()?.evaluate(() => source.close());
    await publish(81, 90);
    await expectAll(pages, 90);
    const crashing = pages.shift();
    const crashed = new Promise((resolve) => crashing?.on("crash", resolve));
    await crashing?.goto("chrome://crash").catch(() => {});
    await crashed;
    await publish(91, 100);
    await expectAll(pages, 100);
    expect([opened, hub.connections().length]).toEqual([4, 1]);
  });

  test("go on while the one that holds the connection is blocked, and it misses nothing", async () => {
    const from = hub.position();
    const before = opened;
    const pages: Page[] = [];
    for (let count = 0; count < 3; count++) {
      const page = await chromium.browser.newPage();
      await page.goto(`${server.url}?from=${from}&name=blocked`);
      pages.push(page);
    }
    await publish(1, 5);
    await expectAll(pages, 5);
    const [leader, ...followers] = pages;
    // As `alert()` does, until the server answers; by the hub's heartbeat the others notice it.
    const requested = once(holding, "request");
    const blocked = leader?.evaluate(() => {
      const request = new XMLHttpRequest();
      request.open("GET", "/hold", false);
      request.send();
    });
    const [response] = (await requested) as [ServerResponse];
    await publish(6, 20);
    await expectAll(followers, 20);
    expect(opened - before).toBeGreaterThan(1);
    response.end();
    await blocked;
    await publish(21, 25);
    await expectAll(pages, 25);
    for (const page of pages) await page.close();
  });
});
