import { createEventParser, type EventSink, EventStream, type ParsedEvent } from "@sse/koa";
import type { Answer, ChatHub, ChatMessage } from "./events.js";

/** A message of the past, with the id of its event. */
export type PastMessage = (ChatMessage | Answer) & { readonly Id: string };

const messageEvents: ReadonlySet<string> = new Set(["broadcast", "room", "direct", "answer"]);

/** The readers of the past. */
export interface HistoryRequest {
  /** Also the messages to and from this person. */
  readonly user?: string | undefined;
  readonly rooms: readonly string[];
  /** The maximum number of messages. */
  readonly last: number;
}

/**
 * Returns the last messages that a person would receive, the oldest first. A log has one way to be
 * read: this is a connection whose client is the server itself, up to the moment at which it is
 * live.
 */
export async function readHistory(
  hub: ChatHub,
  { user, rooms, last }: HistoryRequest,
): Promise<PastMessage[]> {
  const sink = new CollectingSink();
  const stream = new EventStream(sink, { heartbeat: 0 });
  hub.connect(stream, { user, topics: rooms, lastEventId: "", replay: { last } });
  await Promise.race([sink.live, sink.closed]);
  stream.close();
  const messages = sink.events.filter(({ event }) => messageEvents.has(event));
  return messages.map(({ id = "", data }) => ({ Id: id, ...(JSON.parse(data) as ChatMessage | Answer) }));
}

/** Keeps the events that are written to it. */
class CollectingSink implements EventSink {
  readonly room = 1_048_576;
  readonly events: ParsedEvent[] = [];
  readonly closed: Promise<void>;
  /** Resolves when everything of the past has been written. */
  readonly live: Promise<void>;
  #end = (): void => {};
  #isLive = (): void => {};
  readonly #parser = createEventParser({
    onEvent: (event) => {
      this.events.push(event);
      if (event.event === "sse:live") this.#isLive();
    },
  });

  constructor() {
    this.closed = new Promise((resolve) => {
      this.#end = resolve;
    });
    this.live = new Promise((resolve) => {
      this.#isLive = resolve;
    });
  }

  write(bytes: Uint8Array): void {
    this.#parser.feed(bytes);
  }

  drain(): Promise<void> {
    return Promise.resolve();
  }

  close(): void {
    this.#end();
  }

  destroy(): void {
    this.#end();
  }
}
