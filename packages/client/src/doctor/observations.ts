import type { DoctorHello } from "@sse/core/internal";

/** Everything that one run of the doctor saw. Plain data: the JSON report contains it. */
export interface Observations {
  readonly url: string;
  /** The URL as it was given. */
  readonly first: StreamObservation;
  /** The same request once more. */
  readonly again?: StreamObservation | undefined;
  /** The request as a client sends it that has received one of the events already. */
  readonly resumed?: StreamObservation | undefined;
  /** The request without `Accept-Encoding`: made if the first response was compressed, or late. */
  readonly plain?: StreamObservation | undefined;
  /** A stream that the application keeps silent for a time. */
  readonly silence?: SilenceObservation | undefined;
  /** The same with heartbeats: made if the silent stream was cut. */
  readonly heartbeats?: SilenceObservation | undefined;
  /** Absent where the first series was held back: the stream to leave would be, too. */
  readonly leaving?: LeavingObservation | undefined;
}

/** One request, and its response as it was received. All times are milliseconds. */
export interface StreamObservation {
  /** The `Last-Event-ID` that was sent; `""`: none. */
  readonly lastEventId: string;
  /** The URL in the end, after redirects. */
  readonly url: string;
  readonly head?: HeadObservation | undefined;
  /** The first events that were received; no more than a bounded number. */
  readonly events: readonly EventObservation[];
  /** The arrival of the first comments. */
  readonly comments: readonly number[];
  /** The longest time without a byte after the head. */
  readonly maxSilence: number;
  /** The arrival of the last byte. */
  readonly lastByteAfter?: number | undefined;
  readonly end: EndObservation;
}

/** The head of a response. */
export interface HeadObservation {
  readonly after: number;
  readonly status: number;
  readonly httpVersion: string;
  /** Names are in lower case. */
  readonly headers: Readonly<Record<string, string>>;
}

/** An event, and the time at which it was received. */
export interface EventObservation {
  readonly after: number;
  readonly event: string;
  /** The id that the event itself carried; `""`: none. */
  readonly id: string;
  /** The first characters. */
  readonly data: string;
}

/** The end of a response. */
export interface EndObservation {
  readonly after: number;
  /**
   * `complete`: as HTTP ends a response; `cut`: in the middle; `left`: by the doctor, which had
   * seen enough; `failed`: there was no response.
   */
  readonly how: "complete" | "cut" | "left" | "failed";
  /** The error of a request that failed, for people. */
  readonly error?: string | undefined;
}

/** A stream that was asked to be silent. */
export interface SilenceObservation {
  readonly stream: StreamObservation;
  /** The silence that was asked for. */
  readonly asked: number;
  /** The interval of the heartbeats that were asked for; 0: none. */
  readonly heartbeat: number;
}

/** A stream that the doctor left, and what the application learned of it. */
export interface LeavingObservation {
  /** Whether the instance that was asked afterwards is the one that had the stream. */
  readonly known: boolean;
  /** Milliseconds after which the application had learned it; absent: never. */
  readonly noticedAfter?: number | undefined;
}

/** A stream of a doctor endpoint, with what the endpoint said about it. */
export interface DoctorStream {
  readonly observation: StreamObservation;
  readonly hello: DoctorHello;
}
