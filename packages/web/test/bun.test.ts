import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { WebSink } from "../src/web-sink.js";

const request = new Request("http://localhost/");

const onBun = "Bun" in globalThis;

/** Both modules as they are on Bun. */
async function load(): Promise<{
  suspendIdleTimeout: (sink: WebSink, request: Request, rest: readonly unknown[]) => void;
  open: () => { sink: WebSink; body: () => string };
}> {
  vi.resetModules();
  const { suspendIdleTimeout } = await import("../src/bun.js");
  const module = await import("../src/web-sink.js");
  return {
    suspendIdleTimeout,
    open: () => {
      const sink = new module.WebSink();
      let text = "";
      const write = new WritableStream<Uint8Array>({
        write: (chunk) => {
          text += new TextDecoder().decode(chunk);
        },
      });
      void sink.body.pipeTo(write).catch(() => {});
      return { sink, body: () => text };
    },
  };
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  if (!onBun) vi.stubGlobal("Bun", {});
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
  vi.resetModules();
});

const rounds = (count: number): Promise<void> =>
  count === 0 ? Promise.resolve() : new Promise((resolve) => setImmediate(() => resolve(rounds(count - 1))));

test.each([
  ["an argument", (server: object) => [server]],
  ["a field of one, as in Hono", (server: object) => [undefined, { server }]],
])("Bun's server as %s lifts the idle timeout of the request", async (_where, restWith) => {
  const { suspendIdleTimeout, open } = await load();
  const server = { timeout: vi.fn(), requestIP: vi.fn() };
  suspendIdleTimeout(open().sink, request, restWith(server));
  expect(server.timeout.mock.calls).toEqual([[request, 0]]);
  expect(vi.getTimerCount()).toBe(0);
});

test("without the server comments are sent into silence, and only then, until the stream ends", async () => {
  const { suspendIdleTimeout, open } = await load();
  const { sink, body } = open();
  suspendIdleTimeout(sink, request, [{ params: {} }, null, "text"]);
  sink.write(new TextEncoder().encode("data: 1\n\n"));
  vi.advanceTimersByTime(4_000);
  await rounds(3);
  expect(body()).toBe("data: 1\n\n");
  vi.advanceTimersByTime(4_000);
  await rounds(3);
  expect(body()).toBe("data: 1\n\n:\n");
  sink.destroy();
  await sink.closed;
  await rounds(1);
  expect(vi.getTimerCount()).toBe(0);
});

test.skipIf(onBun)("elsewhere nothing is done", async () => {
  vi.unstubAllGlobals();
  const { suspendIdleTimeout, open } = await load();
  const server = { timeout: vi.fn(), requestIP: vi.fn() };
  suspendIdleTimeout(open().sink, request, [server]);
  expect(server.timeout).not.toHaveBeenCalled();
  expect(vi.getTimerCount()).toBe(0);
});
