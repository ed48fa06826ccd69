/** One open stream of a scripted server. */
export interface ScriptedConnection {
  /** The body of its response. */
  readonly body: ReadableStream<Uint8Array>;
  write(frame: string): void;
  stall(): void;
  flow(): void;
  /** Ends the response as complete. */
  end(): void;
  /** Breaks the connection. */
  fail(): void;
}

/**
 * Opens a stream that ends when the client leaves.
 *
 * @param signal aborts when the client leaves.
 * @param onClosed called once, whichever side ends it.
 */
export function scriptedConnection(signal: AbortSignal, onClosed: () => void): ScriptedConnection {
  const encoder = new TextEncoder();
  let controller!: ReadableStreamDefaultController<Uint8Array>;
  let open = true;
  let held: string[] | undefined;
  const close = (how: () => void): void => {
    if (!open) return;
    open = false;
    onClosed();
    how();
  };
  const body = new ReadableStream<Uint8Array>({
    start: (started) => {
      controller = started;
    },
    cancel: () => close(() => {}),
  });
  const write = (frame: string): void => {
    if (!open) return;
    if (held === undefined) controller.enqueue(encoder.encode(frame));
    else held.push(frame);
  };
  signal.addEventListener("abort", () => close(() => controller.error(signal.reason)), { once: true });
  return {
    body,
    write,
    stall: () => {
      held ??= [];
    },
    flow: () => {
      const waiting = held ?? [];
      held = undefined;
      for (const frame of waiting) write(frame);
    },
    end: () => close(() => controller.close()),
    fail: () => close(() => controller.error(new TypeError("terminated"))),
  };
}
