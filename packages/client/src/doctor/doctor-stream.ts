import { type DoctorDrip, type DoctorHello, doctorEvents } from "@sse/core/internal";
import type { DoctorStream, StreamObservation } from "./observations.js";

/** Returns the stream of a doctor endpoint, or `undefined` for any other stream. */
export function doctorStreamOf(observation: StreamObservation | undefined): DoctorStream | undefined {
  const first = observation?.events[0];
  if (observation === undefined || first?.event !== doctorEvents.hello) return undefined;
  const hello = parse(first.data) as Partial<DoctorHello> | undefined;
  const complete = typeof hello?.stream === "string" && typeof hello.received?.lastEventId === "string";
  return complete ? { observation, hello: hello as DoctorHello } : undefined;
}

/** Returns the events of a series, with the times at which they were sent and received. */
export function dripsOf({ events }: StreamObservation): { sent: number; received: number; n: number }[] {
  return events
    .filter(({ event }) => event === doctorEvents.drip)
    .flatMap(({ data, after }) => {
      const { n, at } = (parse(data) ?? {}) as Partial<DoctorDrip>;
      return typeof n === "number" && typeof at === "number" ? [{ n, sent: at, received: after }] : [];
    });
}

/** Whether the stream arrived up to its last event. */
export function isWhole({ events }: StreamObservation): boolean {
  return events.some(({ event }) => event === doctorEvents.end);
}

/** Returns the milliseconds from the last byte of a stream until its end. */
export function quietTime({ end, lastByteAfter = 0 }: StreamObservation): number {
  return end.after - lastByteAfter;
}

/**
 * Returns an interval of heartbeats that keeps a stream open which is ended after such a silence.
 */
export function heartbeatFor(limit: number): number {
  return Math.max(100, Math.floor(limit / 200) * 100);
}

/** Returns the value of a JSON text of any server; `undefined` if it is no JSON. */
export function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
