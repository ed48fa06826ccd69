import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { EventSource } from "../../../src/eventsource/index.js";
import { chromiumIsMissing } from "../../support/chromium.js";
import { bundle, openPage } from "./browser.js";
import { type Case, cases, crossOriginCases } from "./cases.js";
import { drive, type Run } from "./drive.js";
import type { ClassName, PageGlobals } from "./page.js";
import { type Outcome, runCase } from "./run-case.js";
import { type ScriptedServer, startScriptedServer } from "./scripted-server.js";

/** In Chromium: this class and Chromium's own, the same cases, one after the other. */
describe.skipIf(chromiumIsMissing())("side by side in Chromium", () => {
  let server: ScriptedServer;
  let browser: Awaited<ReturnType<typeof openPage>>;

  beforeAll(async () => {
    server = await startScriptedServer();
    browser = await openPage(server.origin);
    await browser.page.addScriptTag({ content: await bundle("page.ts") });
  });

  afterAll(async () => {
    await browser?.close();
    await server?.close();
  });

  function inPage(name: ClassName): (run: Run) => Promise<string[]> {
    return (run) =>
      browser.page.evaluate(
        ([className, options]) => {
          const { drive, classes } = globalThis as unknown as PageGlobals;
          return drive(classes[className], options);
        },
        [name, run] as const,
      );
  }

  /** Returns the outcome that is expected of Chromium, where it differs. */
  function differing(outcome: Outcome, { chromium }: Case): Outcome {
    if (!chromium) return outcome;
    return { seen: chromium.seen, requests: chromium.requests?.(outcome.requests) ?? outcome.requests };
  }

  const asChromium = (current: Case): Case => ({
    ...current,
    until: current.chromium?.until ?? current.until,
  });

  test.each(cases)("$name", async (current) => {
    const ours = await runCase(server, current, inPage("ours"));
    await expectOfChromium(current, ours);
    expect(await runCase(server, current, (run) => drive(EventSource, run))).toEqual(ours);
  });

  test.each(crossOriginCases)("$name", async (current) => {
    await expectOfChromium(current, await runCase(server, current, inPage("ours")));
  });

  async function expectOfChromium(current: Case, ours: Outcome): Promise<void> {
    const native = await runCase(server, asChromium(current), inPage("native"));
    expect(native).toEqual(differing(ours, current));
    if (current.chromium) expect(native).not.toEqual(ours);
  }

  test("both classes have the same interface", async () => {
    const probeOf = (name: ClassName): Promise<string[]> =>
      browser.page.evaluate(
        ([className, url]) => {
          const { probe, classes } = globalThis as unknown as PageGlobals;
          return probe(classes[className], url);
        },
        [name, `${server.origin}/x`] as const,
      );
    expect(await probeOf("ours")).toEqual(await probeOf("native"));
  });

  test("a relative URL starts from the document's base", async () => {
    const urls = await browser.page.evaluate(() => {
      const { classes } = globalThis as unknown as PageGlobals;
      document.head.append(Object.assign(document.createElement("base"), { href: "/run/base/" }));
      return [classes.ours, classes.native].flatMap((EventSource) =>
        ["", "x?y", "//127.0.0.1/z"].map((url) => {
          const source = new EventSource(url);
          source.close();
          return source.url;
        }),
      );
    });
    expect(urls.slice(0, 3)).toEqual(urls.slice(3));
    expect(urls.slice(0, 2)).toEqual([`${server.origin}/run/base/`, `${server.origin}/run/base/x?y`]);
  });

  test("the events of both have the same properties, save that a script's are not trusted", async () => {
    const { path } = server.begin([{ body: "id: 1\ndata: a\n\n", after: "hold" }, { status: 204 }]);
    const eventsOf = (name: ClassName, url: string): Promise<string[]> =>
      browser.page.evaluate(
        ([className, url]) => {
          const { describeEvents, classes } = globalThis as unknown as PageGlobals;
          return describeEvents(classes[className], url);
        },
        [name, url] as const,
      );
    const ours = await eventsOf("ours", server.origin + path);
    const again = server.begin([{ body: "id: 1\ndata: a\n\n", after: "hold" }, { status: 204 }]);
    const native = await eventsOf("native", server.origin + again.path);
    expect(ours.every((event) => event.includes('"isTrusted":false'))).toBe(true);
    expect(ours.map((event) => event.replace('"isTrusted":false', '"isTrusted":true'))).toEqual(native);
  });

  test("without an argument Chromium's class throws; this one takes it for the text undefined", async () => {
    const thrown = await browser.page.evaluate(() => {
      const { classes } = globalThis as unknown as PageGlobals;
      return [classes.native, classes.ours].map((EventSource) => {
        try {
          const source = new (EventSource as unknown as new () => EventSource)();
          source.close();
          return source.url.replace(/.*[/]/, "");
        } catch (error) {
          return (error as Error).name;
        }
      });
    });
    expect(thrown).toEqual(["TypeError", "undefined"]);
  });

  test("in a document that is not UTF-8, Chromium's class writes a query in its encoding; this one in UTF-8", async () => {
    await browser.page.goto(`${server.origin}/windows-1252`);
    await browser.page.addScriptTag({ content: await bundle("page.ts") });
    const queries = await browser.page.evaluate(() => {
      const { classes } = globalThis as unknown as PageGlobals;
      return [classes.native, classes.ours].map((EventSource) => {
        const source = new EventSource("/x?é");
        source.close();
        return new URL(source.url).search;
      });
    });
    expect(queries).toEqual(["?%E9", "?%C3%A9"]);
  });
});
