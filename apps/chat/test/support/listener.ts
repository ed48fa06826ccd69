import { type ParsedEvent, parseEvents } from "@sse/koa";
import { afterEach } from "vitest";
import type { ChatServer } from "../../src/server.js";

let listeners: Listener[] = [];

afterEach(() => {
  for (const listener of listeners) listener.leave();
  listeners = [];
});

/** An event with its data taken from JSON. */
export interface Heard {
  event: string;
  id: string | undefined;
  data: Record<string, unknown>;
}

/** A client of the chat without a browser. It disconnects after the test. */
export class Listener {
  /** The reconnection times that the server sent, in milliseconds. */
  readonly retries: number[] = [];
  readonly #abort: AbortController;
  readonly #events: AsyncGenerator<ParsedEvent>;

  private constructor(response: Response, abort: AbortController) {
    this.#abort = abort;
    this.#events = parseEvents(response.body, {
      onRetry: (milliseconds) => this.retries.push(milliseconds),
    });
  }

  /** Connects, from an earlier event on if one is given, and does not wait until it is live. */
  static async connect(
    { url }: ChatServer,
    username: string,
    { rooms, lastEventId }: { rooms?: string; lastEventId?: string } = {},
  ): Promise<Listener> {
    const abort = new AbortController();
    const query = new URLSearchParams({ username, ...(rooms === undefined ? {} : { rooms }) });
    const headers: HeadersInit = lastEventId === undefined ? {} : { "Last-Event-ID": lastEventId };
    const response = await fetch(`${url}/chat/sse?${query}`, { headers, signal: abort.signal });
    const listener = new Listener(response, abort);
    listeners.push(listener);
    return listener;
  }

  /** Connects and returns everything up to `sse:live`. */
  static async join(...parameters: Parameters<typeof Listener.connect>): Promise<Listener> {
    const listener = await Listener.connect(...parameters);
    await listener.untilLive();
    return listener;
  }

  /** Returns the next event; `undefined` once the stream has ended. */
  async next(): Promise<Heard | undefined> {
    const { value, done } = await this.#events.next();
    if (done) return undefined;
    const { event, id, data } = value;
    return { event, id, data: data === "" ? {} : JSON.parse(data) };
  }

  /** Returns the next event with this name; others are skipped. */
  async nextOf(name: string): Promise<Heard> {
    for (;;) {
      const heard = await this.next();
      if (heard === undefined) throw new Error(`The stream ended before "${name}" came.`);
      if (heard.event === name) return heard;
    }
  }

  /** Returns everything up to and including `sse:live`. */
  async untilLive(): Promise<Heard[]> {
    const heard: Heard[] = [];
    for (;;) {
      const next = await this.next();
      if (next === undefined) throw new Error("The stream ended before it was live.");
      heard.push(next);
      if (next.event === "sse:live") return heard;
    }
  }

  /** Returns the texts of all messages up to and including this one. */
  async textsUntil(last: string): Promise<string[]> {
    const texts: string[] = [];
    for (;;) {
      const heard = await this.next();
      if (heard === undefined) throw new Error(`The stream ended before "${last}" came.`);
      if (typeof heard.data["Message"] !== "string") continue;
      texts.push(heard.data["Message"]);
      if (heard.data["Message"] === last) return texts;
    }
  }

  leave(): void {
    this.#abort.abort();
  }
}

/** Returns the texts of the messages among events. */
export function texts(heard: readonly Heard[]): unknown[] {
  return heard.filter(({ data }) => "Message" in data).map(({ data }) => data["Message"]);
}
