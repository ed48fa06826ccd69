import type { DoctorHello } from "@sse/core/internal";
import type { EventObservation, Observations, StreamObservation } from "../../src/doctor/observations.js";

/** The name of the stream that {@link series} makes by default. */
const name = "11111111-2222-3333-4444-555555555555";

const headers = {
  "content-type": "text/event-stream",
  "cache-control": "no-cache, no-store, no-transform",
};

/** The parts of a healthy stream that a test changes. */
export interface Changes {
  stream?: string;
  lastEventId?: string;
  received?: Partial<DoctorHello["received"]>;
  headers?: Record<string, string>;
  /** Returns the arrival of an event that was sent at a time. Default: 5 ms later. */
  arrival?: (sent: number) => number;
  from?: number;
  count?: number;
}

/** Returns what a series of a doctor endpoint looks like. */
export function series(changes: Changes = {}): StreamObservation {
  const { stream = name, lastEventId = "", arrival = (sent) => sent + 5, from = 1, count = 8 } = changes;
  const hello = {
    stream,
    received: { httpVersion: "1.1", lastEventId, ...changes.received },
    cacheControl: headers["cache-control"],
  };
  const at = (sent: number, event: string, data: unknown, id = ""): EventObservation => ({
    after: arrival(sent),
    event,
    id,
    data: JSON.stringify(data),
  });
  const drips = Array.from({ length: count - from + 1 }, (_, index) => {
    const sent = 250 * (index + 1);
    return at(sent, "doctor:drip", { n: from + index, at: sent }, `${name}.${from + index}`);
  });
  const last = 250 * (count - from + 1);
  return observation({
    lastEventId,
    events: [at(0, "doctor:hello", hello), ...drips, at(last, "doctor:end", "")],
    comments: drips.map((_, index) => arrival(250 * index + 125)),
    head: { after: arrival(0), status: 200, httpVersion: "1.1", headers: { ...headers, ...changes.headers } },
    end: { after: arrival(last), how: "complete" },
  });
}

/** Returns what any stream looks like: silent, open, and left after 20 seconds. */
export function observation(changes: Partial<StreamObservation> = {}): StreamObservation {
  return {
    lastEventId: "",
    url: "http://127.0.0.1/",
    head: { after: 5, status: 200, httpVersion: "1.1", headers },
    events: [],
    comments: [],
    maxSilence: 250,
    lastByteAfter: 5,
    end: { after: 20_000, how: "left" },
    ...changes,
  };
}

/** Returns what the doctor sees of a healthy chain, with changes. */
export function healthy(changes: Partial<Observations> = {}): Observations {
  return {
    url: "http://127.0.0.1/",
    first: series(),
    again: series({ stream: "22222222-2222-3333-4444-555555555555" }),
    resumed: series({
      stream: "33333333-2222-3333-4444-555555555555",
      lastEventId: `${name}.4`,
      from: 5,
    }),
    silence: { stream: silent("complete", 20_000), asked: 20_000, heartbeat: 0 },
    leaving: { known: true, noticedAfter: 20 },
    ...changes,
  };
}

/** Returns what a silent stream of a doctor endpoint looks like that ends after a time. */
export function silent(how: "complete" | "cut", after: number): StreamObservation {
  const { events, ...rest } = series({ count: 0 });
  const received = how === "complete" ? events : events.slice(0, 1);
  return { ...rest, events: received, comments: [], lastByteAfter: 5, end: { after: after + 5, how } };
}
