import { afterEach, expect, test, vi } from "vitest";
import type * as Module from "../../src/eventsource/index.js";

afterEach(() => vi.unstubAllGlobals());

/** Calls the property `on<type>` before any listener, as on Cloudflare Workers (workerd#6022). */
class WorkersEventTarget extends EventTarget {
  override dispatchEvent(event: Event): boolean {
    const handler = (this as Record<string, unknown>)[`on${event.type}`];
    if (typeof handler === "function") handler.call(this, event);
    return super.dispatchEvent(event);
  }
}

async function sourceOf(text: string): Promise<InstanceType<typeof Module.EventSource>> {
  vi.stubGlobal("EventTarget", WorkersEventTarget);
  vi.resetModules();
  const { EventSource }: typeof Module = await import("../../src/eventsource/index.js");
  return EventSource.fromReadableStream(new Blob([text]).stream());
}

test("where the runtime calls handlers by itself, each is called once, in its place", async () => {
  const source = await sourceOf("data: 1\n\ndata: 2\n\nevent: other\ndata: 3\n\n");
  const calls: string[] = [];
  source.onopen = () => calls.push("open");
  source.addEventListener("message", ({ data }) => calls.push(`before ${data}`));
  source.onmessage = ({ data }) => {
    calls.push(`handler ${data}`);
    expect(source.onmessage).toBeTypeOf("function");
  };
  source.addEventListener("message", () => {
    expect(source.onmessage).toBeTypeOf("function");
  });
  source.addEventListener("other", ({ data }) => calls.push(`other ${data}`));
  await new Promise<void>((resolve) => {
    source.onerror = () => {
      calls.push("error");
      resolve();
    };
  });
  expect(calls).toEqual(["open", "before 1", "handler 1", "before 2", "handler 2", "other 3", "error"]);
});
