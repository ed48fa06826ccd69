/** The actions of a program on an `EventSource` in one run. */
export interface Run {
  url: string;
  /** The program looks until so many events have come. */
  until: number;
  /**
   * It calls `close()` in the listener of the n-th event, counted from 1. 0: right after the
   * construction.
   */
  closeAt?: number;
  /** Milliseconds to look on after that, to see that nothing follows. Default 0. */
  quiet?: number;
  withCredentials?: boolean;
  /** Each listener awaits something a few times, and the run shows when it went on. */
  microtasks?: boolean;
}

type EventSourceClass = typeof globalThis.EventSource;

const eventTypes = ["open", "message", "error", "custom", "end", " spaced"];

/** Runs a program on a class, here or in a page, and returns what it saw: a line for each event. */
export async function drive(EventSource: EventSourceClass, run: Run): Promise<string[]> {
  const seen: string[] = [];
  const source = new EventSource(run.url, { withCredentials: run.withCredentials ?? false });
  seen.push(`made, state ${source.readyState}`);
  if (run.closeAt === 0) source.close();
  await new Promise<void>((resolve) => {
    for (const type of eventTypes) {
      source.addEventListener(type, (event) => {
        seen.push(`${describe(event, run.url)}, state ${source.readyState}`);
        if (run.microtasks) void afterMicrotasks().then(() => seen.push("its microtasks have run"));
        if (seen.length - 1 === run.closeAt) source.close();
        if (seen.length - 1 >= run.until) resolve();
      });
    }
    if (run.until === 0) resolve();
  });
  await new Promise((resolve) => setTimeout(resolve, run.quiet ?? 0));
  seen.push(`at last, state ${source.readyState}${source.url === run.url ? "" : `, url ${source.url}`}`);
  source.close();
  return seen;
}

function describe(event: Event, url: string): string {
  if (!(event instanceof MessageEvent)) return event.type;
  const origin = event.origin === new URL(url).origin ? "" : `, origin ${event.origin}`;
  return `${event.type} ${JSON.stringify(event.data)}, id ${JSON.stringify(event.lastEventId)}${origin}`;
}

async function afterMicrotasks(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await undefined;
}
