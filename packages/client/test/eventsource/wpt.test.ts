import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { EventSource } from "../../src/eventsource/index.js";
import { cases, crossOriginCases } from "./side-by-side/cases.js";
import { streamOf } from "./tools.js";

/**
 * The web-platform tests of `eventsource/`, by file name, and where this package holds the same
 * facts by a test of its own. Every file is here: those of which `cases.ts` says that a case holds
 * them are not repeated.
 */
const elsewhere: Record<string, { file: string; title: string }> = {
  "eventsource-constructor-empty-url": {
    file: "event-source",
    title: "starts from the worker's location, where there is one",
  },
  "eventsource-constructor-non-same-origin": {
    file: "event-source",
    title: "is never made for a scheme that fetch does not know: the connection fails",
  },
  "eventsource-constructor-stringify": {
    file: "event-source",
    title: "takes a URL object, or any object by its text",
  },
  "eventsource-constructor-url-bogus": {
    file: "event-source",
    title: "throws a SyntaxError for what is no URL",
  },
  "eventsource-constructor-no-new": {
    file: "wpt",
    title: "eventsource-constructor-no-new: the class needs new",
  },
  "eventsource-prototype": {
    file: "wpt",
    title: "eventsource-prototype: a method added to the prototype is there",
  },
  "eventsource-eventtarget": {
    file: "event-source",
    title: "an EventTarget's options hold, and objects with handleEvent",
  },
  "eventsource-onmessage": {
    file: "wpt",
    title: "eventsource-onmessage, eventsource-onopen: handlers are called",
  },
  "eventsource-onopen": {
    file: "wpt",
    title: "eventsource-onmessage, eventsource-onopen: handlers are called",
  },
  "eventsource-request-cancellation": {
    file: "connection",
    title: "does not follow an abort that is not its own",
  },
  "eventsource-from-readable-stream": {
    file: "event-source",
    title: "opens, gives the events with the opaque origin, and fails when the stream ends",
  },
  "eventsource-from-readable-stream-fetch": {
    file: "event-source",
    title: "shows the last event id and the reconnection time as soon as a program can see them",
  },
};

/**
 * The tests that need a browser, and why. In a browser, `side-by-side.test.ts` runs what can be had
 * there.
 */
const browserOnly: Record<string, string> = {
  "eventsource-bfcache": "a page that goes into the back/forward cache",
  "eventsource-constructor-document-domain": "document.domain",
  "eventsource-constructor-url-multi-window": "the base URL of another window",
  "eventsource-cross-origin-preflight": "CORS preflights, which only browsers send",
  "eventsource-onmessage-realm": "the realm of another window",
  "eventsource-onmessage-trusted": "isTrusted, which no script can set: a difference",
  "request-credentials": "cookies of another origin",
};

const held = [...cases, ...crossOriginCases].flatMap(({ wpt = [] }) => wpt);

/**
 * All files of `eventsource/`, without `.any.js` and the like; the workers' folders repeat some of
 * them.
 */
const files = `
  event-data eventsource-bfcache eventsource-close eventsource-constructor-document-domain eventsource-constructor-empty-url
  eventsource-constructor-no-new eventsource-constructor-non-same-origin eventsource-constructor-stringify eventsource-constructor-url-bogus
  eventsource-constructor-url-multi-window eventsource-cross-origin eventsource-cross-origin-preflight eventsource-eventtarget
  eventsource-from-readable-stream eventsource-from-readable-stream-fetch eventsource-onmessage eventsource-onmessage-realm
  eventsource-onmessage-trusted eventsource-onopen eventsource-prototype eventsource-reconnect eventsource-request-cancellation
  eventsource-url format-bom format-bom-2 format-comments format-data-before-final-empty-line format-field-data format-field-event
  format-field-event-empty format-field-id format-field-id-2 format-field-id-3 format-field-id-null format-field-parsing
  format-field-retry format-field-retry-bogus format-field-retry-empty format-field-unknown format-leading-space format-mime-bogus
  format-mime-trailing-semicolon format-mime-valid-bogus format-newlines format-null-character format-utf-8 request-accept
  request-cache-control request-credentials request-redirect request-status-error
`
  .trim()
  .split(/\s+/);

describe("web-platform tests", () => {
  test.each(files)("%s is held by a test here, or needs a browser", (file) => {
    const places = [held.includes(file), file in elsewhere, file in browserOnly].filter(Boolean);
    expect(places).toHaveLength(1);
  });

  test("nothing is claimed of a file that is not there", () => {
    const claimed = [...held, ...Object.keys(elsewhere), ...Object.keys(browserOnly)];
    expect(claimed.filter((file) => !files.includes(file))).toEqual([]);
  });

  test.each(Object.values(elsewhere))("$file has the test: $title", ({ file, title }) => {
    const source = readFileSync(new URL(`${file}.test.ts`, import.meta.url), "utf8");
    expect(source).toMatch(new RegExp(`test\\("${title.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}"`));
  });
});

test("eventsource-constructor-no-new: the class needs new", () => {
  expect(() => (EventSource as unknown as (url: string) => void)("https://a.example/")).toThrow(TypeError);
});

test("eventsource-prototype: a method added to the prototype is there", () => {
  Object.assign(EventSource.prototype, { returnTrue: () => true });
  const source = EventSource.fromReadableStream(streamOf([]));
  source.close();
  expect(source).toHaveProperty("returnTrue");
  Reflect.deleteProperty(EventSource.prototype, "returnTrue");
  expect(source).not.toHaveProperty("returnTrue");
});

test("eventsource-onmessage, eventsource-onopen: handlers are called", async () => {
  const source = EventSource.fromReadableStream(streamOf(["data:data\n\n"], "hold"));
  const seen: unknown[] = [];
  const message = new Promise<void>((resolve) => {
    source.onopen = (event) =>
      seen.push([event.type, source.readyState, "data" in event, event.bubbles, event.cancelable]);
    source.onmessage = (event) => {
      seen.push([event.type, event.data, event.origin, event.bubbles, event.cancelable]);
      resolve();
    };
  });
  await message;
  source.close();
  expect(seen).toEqual([
    ["open", 1, false, false, false],
    ["message", "data", "null", false, false],
  ]);
});
