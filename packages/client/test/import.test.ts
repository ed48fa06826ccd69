import { afterEach, expect, test, vi } from "vitest";

/** Globals that a runtime may lack, or have only on a client. */
const globals = [
  "AbortController",
  "BroadcastChannel",
  "Headers",
  "Request",
  "Response",
  "ReadableStream",
  "TextDecoder",
  "TextEncoder",
  "addEventListener",
  "atob",
  "document",
  "fetch",
  "localStorage",
  "location",
  "navigator",
  "window",
];

const originals = globals.map((name) => [name, Object.getOwnPropertyDescriptor(globalThis, name)] as const);
afterEach(() => {
  for (const [name, descriptor] of originals) {
    if (descriptor) Object.defineProperty(globalThis, name, descriptor);
    else Reflect.deleteProperty(globalThis, name);
  }
});

test("to import the package and to make a client touches nothing of a browser", async () => {
  const touched: string[] = [];
  for (const [name, descriptor] of originals) {
    Object.defineProperty(globalThis, name, {
      configurable: true,
      get() {
        // The test runner uses some of them itself.
        if (/packages\/(client|core)\/src/.test(new Error().stack ?? "")) touched.push(name);
        return descriptor?.value ?? descriptor?.get?.call(globalThis);
      },
    });
  }
  vi.resetModules();
  const { createEventSource } = await import("../src/index.js");
  const { createSharedEventSource } = await import("../src/shared/index.js");
  const sources = [createEventSource, createSharedEventSource].map((create) =>
    create("http://host/", {
      autoConnect: false,
      name: "import",
      fetch: () => Promise.reject(new Error("refused")),
    }),
  );
  for (const source of sources) source.on("message", () => {});
  expect(touched).toEqual([]);
  // The test can tell: to connect does need them.
  for (const source of sources) source.connect();
  await Promise.resolve();
  expect(touched).toContain("AbortController");
  for (const source of sources) source.close();
});
