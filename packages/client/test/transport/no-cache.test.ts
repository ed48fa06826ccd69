import { afterEach, expect, test, vi } from "vitest";
import { EventSource } from "../../src/eventsource/index.js";
import { createEventSource } from "../../src/index.js";

afterEach(() => {
  vi.unstubAllGlobals();
});

/** Returns the `Cache-Control` that each of the two clients sets on its request. */
async function cacheControls(): Promise<(string | null)[]> {
  const seen: (string | null)[] = [];
  const fetch = async (_url: unknown, init?: RequestInit): Promise<Response> => {
    seen.push(new Headers(init?.headers).get("cache-control"));
    return new Response(null, { status: 204 });
  };
  const source = createEventSource("http://host/", { fetch });
  await vi.waitFor(() => expect(source.state).toBe("closed"), { timeout: 100_000 });
  const standard = new EventSource("http://host/", { fetch });
  await vi.waitFor(() => expect(standard.readyState).toBe(standard.CLOSED), { timeout: 100_000 });
  return seen;
}

test("Cache-Control is set where fetch does not send it for cache: no-store", async () => {
  if (!("Deno" in globalThis)) vi.stubGlobal("Deno", {});
  expect(await cacheControls()).toEqual(["no-cache", "no-cache"]);
});

test.skipIf("Bun" in globalThis || "Deno" in globalThis)(
  "Cache-Control is left to fetch elsewhere: in a browser it would need a preflight",
  async () => {
    expect(await cacheControls()).toEqual([null, null]);
  },
);
