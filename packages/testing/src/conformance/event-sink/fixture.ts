import type { EventSink } from "@sse/core";

/** One sink, and the client at the other end of its transport. */
export interface SinkFixture {
  readonly sink: EventSink;
  /** Returns all that the client has received of the body so far. */
  received(): Uint8Array;
  /**
   * Resolves once the client has received the head, or rejects when the transport closes before
   * that.
   */
  readonly head: Promise<void>;
  /**
   * Resolves once the client sees the end: `ended` when the response was complete, `cut` when it
   * was not.
   */
  readonly end: Promise<"ended" | "cut">;
  /** The client reads no more bytes until {@link resume}. */
  pause(): void;
  resume(): void;
  /** The client disconnects without notice. */
  leave(): void;
  /** Releases whatever the fixture holds. */
  dispose(): Promise<void>;
}

/** Settings of a fixture's sink. */
export interface SinkSettings {
  /** Bytes that may be queued. */
  highWaterMark: number;
  /** Milliseconds after which a response that cannot end is destroyed. */
  closeTimeout: number;
}

/** An implementation of {@link EventSink} under test. */
export interface SinkSubject {
  name: string;
  open(settings: SinkSettings): Promise<SinkFixture>;
  /**
   * Bytes that one written array may cost in {@link EventSink.room} beyond its own length: framing
   * and the head. Default 2048.
   */
  overhead?: number | undefined;
  /**
   * The reason why nothing shows how much of one large array has left, which skips its test.
   * Default: it shows.
   */
  hidesProgress?: string | undefined;
}

/** Opens the fixtures of the tests, and disposes of them after each test. */
export interface SinkHarness {
  open(settings?: Partial<SinkSettings>): Promise<SinkFixture>;
  readonly overhead: number;
  readonly hidesProgress: string | undefined;
}
