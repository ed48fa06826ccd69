/**
 * Every property of an `open` and of a `message` event, and of the `error` event of a URL that
 * answers no stream.
 */
export async function describeEvents(
  EventSource: typeof globalThis.EventSource,
  url: string,
): Promise<string[]> {
  const stream = new EventSource(url);
  const seen = [await next(stream, "open"), await next(stream, "message")];
  stream.close();
  const failing = new EventSource(url);
  seen.push(await next(failing, "error"));
  return seen;
}

function next(source: EventSource, type: string): Promise<string> {
  return new Promise((resolve) =>
    source.addEventListener(type, (event) => resolve(describe(event)), { once: true }),
  );
}

function describe(event: Event): string {
  const {
    type,
    bubbles,
    cancelable,
    composed,
    defaultPrevented,
    eventPhase,
    isTrusted,
    target,
    currentTarget,
  } = event;
  const base = { type, bubbles, cancelable, composed, defaultPrevented, eventPhase, isTrusted };
  const facts = {
    ...base,
    kind: Object.prototype.toString.call(event),
    targets: target === currentTarget && event.composedPath().length === 1,
    hasData: "data" in event,
  };
  if (!(event instanceof MessageEvent)) return JSON.stringify(facts);
  const { data, lastEventId, ports, source } = event;
  return JSON.stringify({ ...facts, data, lastEventId, ports, source });
}
