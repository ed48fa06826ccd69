import type { Page } from "playwright-core";

/** An event as a page's `EventSource` dispatched it. */
export interface SeenEvent {
  type: string;
  id: string;
  data: string;
}

/**
 * Notes everything that the page's `EventSource`s dispatch, whatever the page makes of it. Call it
 * before the page loads.
 *
 * @returns a function that answers what has been dispatched so far, in order.
 */
export async function logEventSources(page: Page): Promise<() => Promise<SeenEvent[]>> {
  await page.addInitScript(() => {
    type AddListener = (this: EventSource, type: string, listener: EventListener) => void;
    const seen: SeenEvent[] = [];
    const addListener = EventSource.prototype.addEventListener as AddListener;
    const addWithNote: AddListener = function (type, listener) {
      addListener.call(this, type, (event) => {
        if (event instanceof MessageEvent) seen.push({ type, id: event.lastEventId, data: event.data });
        listener.call(this, event);
      });
    };
    EventSource.prototype.addEventListener = addWithNote as typeof EventSource.prototype.addEventListener;
    Object.assign(globalThis, { seenEvents: seen });
  });
  return () => page.evaluate(() => (globalThis as unknown as { seenEvents: SeenEvent[] }).seenEvents);
}
