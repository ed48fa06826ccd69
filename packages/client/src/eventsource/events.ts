/**
 * The `error` event, a plain `Event` as the standard has it, with one addition. An event of the *stream* that is named `error` is a
 * `MessageEvent` instead, and reaches the same listeners: it has `data`, this one has not.
 */
export interface EventSourceErrorEvent extends Event {
  /**
   * Why the connection ended, for logs: what `fetch` or `headers` threw, or an `Error` that tells which status and content type came.
   * `undefined` when the server just ended the stream. An addition of this package.
   */
  readonly cause?: unknown;
}

/** An event of the stream: a `MessageEvent` whose data is the text that came. */
export interface EventSourceMessageEvent extends Omit<MessageEvent, "data"> {
  readonly data: string;
}

/** The events that every `EventSource` fires. Any other event type is the stream's own, an {@link EventSourceMessageEvent}. */
export interface EventSourceEventMap {
  open: Event;
  message: EventSourceMessageEvent;
  error: EventSourceErrorEvent;
}

type Listener<E> = ((event: E) => unknown) | { handleEvent(event: E): unknown };

/** Not by its name: Node's own types have none for it. */
type ListenerOptions = Parameters<EventTarget["addEventListener"]>[2];

/** `addEventListener` and `removeEventListener`, with the event's type known from its name. */
export interface ListenerMethod {
  <K extends keyof EventSourceEventMap>(
    type: K,
    listener: Listener<EventSourceEventMap[K]> | null,
    options?: ListenerOptions,
  ): void;
  (type: string, listener: Listener<EventSourceMessageEvent> | null, options?: ListenerOptions): void;
  (type: string, listener: Listener<Event> | null, options?: ListenerOptions): void;
}
