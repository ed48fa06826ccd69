import { afterEach, expect, test, vi } from "vitest";
import { EventSource } from "../../src/eventsource/index.js";
import { createEventSource } from "../../src/index.js";

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

/** A `fetch` that adds a header as applications do, and keeps the headers that it would send. */
function addingFetch() {
  const sent: Headers[] = [];
  const fetch = async (_url: string, init: { headers: Record<string, string> }): Promise<Response> => {
    sent.push(new Headers({ ...init.headers, Authorization: "Bearer a" }));
    const body = "retry: 0\nid: 7\ndata: 1\n\n";
    return new Response(body, { headers: { "Content-Type": "text/event-stream" } });
  };
  return { fetch, sent };
}

test.each([
  ["createEventSource", createEventSource],
  ["EventSource", (url: string, init: object) => new EventSource(url, init)],
])("%s resumes through a fetch that spreads the headers into its own", async (_name, connect) => {
  const { fetch, sent } = addingFetch();
  const source = connect("http://host/", { fetch });
  closers.push(() => source.close());
  if ("onAny" in source) source.onAny(() => {});
  await vi.waitFor(() => expect(sent.length).toBeGreaterThan(1), { timeout: 100_000 });
  expect(sent.slice(0, 2).map((headers) => headers.get("last-event-id"))).toEqual([null, "7"]);
  expect(sent[1]?.get("accept")).toBe("text/event-stream");
  expect(sent[1]?.get("authorization")).toBe("Bearer a");
});
