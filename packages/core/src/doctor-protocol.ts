/**
 * The names of the events that a doctor endpoint sends. The `doctor` program recognizes such an
 * endpoint by the first of them.
 */
export const doctorEvents: Readonly<{
  /** First event of each stream: {@link DoctorHello}. */
  hello: "doctor:hello";
  /** One of a series that is sent at a steady pace: {@link DoctorDrip}. */
  drip: "doctor:drip";
  /** Last event of a stream that was sent whole. */
  end: "doctor:end";
  /** The response to {@link doctorProbes.left}: {@link DoctorLeft}. */
  left: "doctor:left";
}> = { hello: "doctor:hello", drip: "doctor:drip", end: "doctor:end", left: "doctor:left" };

/**
 * The values of the query parameter `doctor`, which selects what a doctor endpoint sends. Without
 * it, a series of events.
 */
export const doctorProbes: Readonly<{
  /** Nothing for `for` milliseconds, apart from a comment every `heartbeat` milliseconds. */
  silence: "silence";
  /** A stream for the client to leave: silent for three seconds, then a comment each second. */
  leave: "leave";
  /** Whether the client of `stream` has left, as soon as it has. */
  left: "left";
}> = { silence: "silence", leave: "leave", left: "left" };

/** The data of `doctor:hello`. */
export interface DoctorHello {
  /** A random name of this stream: a response out of a cache repeats it. */
  readonly stream: string;
  /** The request as it reached the application. */
  readonly received: {
    /** The version of HTTP, such as `1.0`; absent where the server does not report it. */
    readonly httpVersion?: string | undefined;
    readonly lastEventId: string;
    readonly via?: string | undefined;
  };
  /** The `Cache-Control` of the response as the application sent it. */
  readonly cacheControl: string;
}

/** The data of `doctor:drip`. */
export interface DoctorDrip {
  /** Counted from 1. */
  readonly n: number;
  /** Milliseconds between the first event of the stream and this one, as they were sent. */
  readonly at: number;
}

/** The data of `doctor:left`. */
export interface DoctorLeft {
  /** Whether this instance has the stream that was asked for. */
  readonly known: boolean;
  /** Whether the application has learned that the client left. */
  readonly left: boolean;
}
