import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { parseJsonEventStream } from "@ai-sdk/provider-utils";
import { fetchEventSource } from "@microsoft/fetch-event-source";
import { createHub, eventStream, type Hub, hubStream, type Subscription } from "@sse/node";
import { EventSource } from "extended-eventsource";
import { expect, onTestFinished, test, vi } from "vitest";
import { z } from "zod/v4";

/** Serves a hub on a free port. */
async function serve(subscription: Subscription): Promise<{ hub: Hub; url: string }> {
  const hub = createHub({ heartbeat: { interval: 20 }, retry: 10 });
  const url = await listen(hubStream(hub, () => subscription));
  onTestFinished(() => hub.close());
  return { hub, url };
}

async function listen(handler: RequestListener): Promise<string> {
  const server = createServer(handler);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

/** Reads a stream beside the client under test; returns what has arrived so far. */
async function watch(url: string): Promise<() => string> {
  const left = new AbortController();
  onTestFinished(() => left.abort());
  const { body } = await fetch(url, { signal: left.signal });
  const decoder = new TextDecoder();
  let text = "";
  void (async () => {
    for await (const bytes of body!) text += decoder.decode(bytes, { stream: true });
  })().catch(() => {});
  return () => text;
}

/**
 * Publishes to others as well, and waits for heartbeats in between, so that there are comments and
 * positions without an event.
 */
async function publishGoals(hub: Hub, url: string, count: number): Promise<void> {
  const seen = await watch(url);
  for (let minute = 0; minute < count; minute += 1) {
    await hub.publish("goals", { data: { minute } });
    await hub.publish("other", { data: "for others" });
    const goal = `{"minute":${minute}}\n\n`;
    const heartbeats = () =>
      seen()
        .split(goal)[1]
        ?.match(/^(?::|id: .*)$/gm)?.length ?? 0;
    await vi.waitUntil(() => heartbeats() >= 2, { timeout: 100_000 });
  }
}

/** It runs in browsers, and asks for the page whether it is visible. */
function pretendBrowser(): void {
  const browser = globalThis as { document?: unknown; window?: unknown };
  browser.document = { hidden: false, addEventListener: () => {}, removeEventListener: () => {} };
  browser.window = globalThis;
  onTestFinished(() => {
    delete browser.document;
    delete browser.window;
  });
}

test.each([true, false])(
  "@microsoft/fetch-event-source dispatches no message that was not published (controlEvents: %s)",
  async (controlEvents) => {
    pretendBrowser();
    const { hub, url } = await serve({ topics: "goals", controlEvents });
    const left = new AbortController();
    const messages: { event: string; data: string }[] = [];
    let opened: () => void = () => {};
    const open = new Promise<void>((resolve) => {
      opened = resolve;
    });
    const done = new Promise<void>((resolve, reject) => {
      void fetchEventSource(url, {
        signal: left.signal,
        onopen: async () => opened(),
        onmessage: ({ event, data }) => {
          messages.push({ event, data });
          const isOwn = !controlEvents || (data !== "" && !event.startsWith("sse:"));
          // An error that is thrown here ends the stream.
          if (isOwn && JSON.parse(data).minute === 4) resolve();
        },
        onerror: (error) => {
          reject(error);
          throw error;
        },
      });
    });
    await open;
    await publishGoals(hub, url, 5);
    await done;
    left.abort();
    const goals = [0, 1, 2, 3, 4].map((minute) => ({ event: "", data: JSON.stringify({ minute }) }));
    const own = messages.filter(({ event, data }) => !event.startsWith("sse:") && data !== "");
    expect(own).toEqual(goals);
    if (!controlEvents) expect(messages).toEqual(goals);
    // With control events there may be an empty message for an id without an event, and no other.
    else expect(messages.filter(({ event, data }) => event !== "" && data === "")).toEqual([]);
  },
);

test("@microsoft/fetch-event-source dispatches no message for a stream's comments and reconnection time", async () => {
  pretendBrowser();
  let text = "";
  const heartbeats = () => text.match(/^:$/gm)?.length ?? 0;
  const url = await listen(
    eventStream(
      (stream) => {
        void (async () => {
          await stream.comment();
          await vi.waitUntil(() => heartbeats() >= 3, { timeout: 100_000 });
          await stream.comment("note");
          await stream.setRetry(10);
          await stream.send({ retry: 20, comment: "two" });
          await stream.send({ data: "last" });
        })();
      },
      { heartbeat: 20 },
    ),
  );
  /** Lets the test see what the client receives. */
  const watchedFetch: typeof fetch = async (input, init) => {
    const response = await fetch(input, init);
    const watched = new TransformStream<Uint8Array, Uint8Array>({
      transform(bytes, controller) {
        text += new TextDecoder().decode(bytes);
        controller.enqueue(bytes);
      },
    });
    return new Response(response.body!.pipeThrough(watched), response);
  };
  const left = new AbortController();
  const messages: string[] = [];
  await new Promise<void>((resolve, reject) => {
    void fetchEventSource(url, {
      fetch: watchedFetch,
      signal: left.signal,
      onmessage: ({ data }) => {
        messages.push(data);
        if (data === "last") resolve();
      },
      onerror: (error) => {
        reject(error);
        throw error;
      },
    });
  });
  left.abort();
  expect(messages).toEqual(["last"]);
});

test("extended-eventsource dispatches the events of a subscription without control events, and no other", async () => {
  const { hub, url } = await serve({ topics: "goals", controlEvents: false });
  const source = new EventSource(url);
  onTestFinished(() => source.close());
  const read: { data: string; id: string }[] = [];
  source.onmessage = ({ data, lastEventId }: MessageEvent) => void read.push({ data, id: lastEventId });
  await new Promise((resolve) => {
    source.onopen = resolve;
  });
  const first = await hub.publish("goals", { data: { minute: 0 } });
  await publishGoals(hub, url, 4);
  await vi.waitUntil(() => read.length >= 5, { timeout: 100_000 });
  expect(read.map(({ data }) => JSON.parse(data).minute)).toEqual([0, 0, 1, 2, 3]);
  expect(read[0]?.id).toBe(first);
});

test("the AI SDK's parseJsonEventStream reads a subscription without control events", async () => {
  const { hub, url } = await serve({ topics: "goals", controlEvents: false });
  const response = await fetch(url);
  const schema = z.object({ minute: z.number() });
  const reader = parseJsonEventStream({ stream: response.body!, schema }).getReader();
  void publishGoals(hub, url, 5);
  const read: unknown[] = [];
  while (read.length < 5) {
    const { value } = await reader.read();
    expect(value).toMatchObject({ success: true });
    read.push((value as { value: unknown }).value);
  }
  await reader.cancel();
  expect(read).toEqual([0, 1, 2, 3, 4].map((minute) => ({ minute })));
});

test("a client without control events whose position is gone is answered 410", async () => {
  const { hub, url } = await serve({ topics: "goals", controlEvents: false });
  const headers = { "last-event-id": "unknown" };
  const response = await fetch(url, { headers });
  expect([response.status, await response.text()]).toEqual([410, expect.stringContaining("no longer held")]);
  expect(hub.connections()).toEqual([]);
});
