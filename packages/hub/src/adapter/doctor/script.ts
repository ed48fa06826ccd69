import type { EventStream, Timers } from "@sse/core";
import { type DoctorLeft, doctorEvents, doctorProbes } from "@sse/core/internal";
import { Sleep } from "../../sleep.js";
import type { Departures } from "./departures.js";

/** Number of events in a series, and the milliseconds between two of them. */
const dripCount = 8;
const dripInterval = 250;

/** Milliseconds for which a silent stream may last, at most. */
const maxSilence = 600_000;
/** Milliseconds between two comments of a silent stream, at least. */
const minHeartbeat = 50;

/** Milliseconds for which the application waits for the departure of a client. */
const leaveTimeout = 15_000;

/** One stream of a doctor endpoint, and the request for it. */
export interface DoctorStream {
  readonly stream: EventStream;
  /** The random name of the stream. */
  readonly name: string;
  readonly lastEventId: string;
  readonly query: URLSearchParams;
}

/** Writes what a request asks for, after `doctor:hello`. Resolves when the stream is to end. */
export class DoctorScript {
  readonly #timers: Timers;
  readonly #departures: Departures;

  constructor(timers: Timers, departures: Departures) {
    this.#timers = timers;
    this.#departures = departures;
  }

  run(request: DoctorStream): Promise<void> {
    const { silence, leave, left } = doctorProbes;
    switch (request.query.get("doctor")) {
      case silence:
        return this.#silence(request);
      case leave:
        return this.#leave(request);
      case left:
        return this.#left(request);
      default:
        return this.#drip(request);
    }
  }

  /** Sends the series, from the event after the one that the client has received. */
  async #drip({ stream, name, lastEventId }: DoctorStream): Promise<void> {
    const start = performance.now();
    const resumed = /^([0-9a-f-]{36})\.(\d)$/.exec(lastEventId);
    const series = resumed?.[1] ?? name;
    for (let n = Number(resumed?.[2] ?? 0) + 1; n <= dripCount; n++) {
      await this.#pause(stream, dripInterval / 2);
      await stream.comment("heartbeat");
      await this.#pause(stream, dripInterval / 2);
      const data = { n, at: Math.round(performance.now() - start) };
      if (!(await stream.send({ event: doctorEvents.drip, id: `${series}.${n}`, data }))) return;
    }
    await stream.send({ event: doctorEvents.end, data: "" });
  }

  async #silence({ stream, query }: DoctorStream): Promise<void> {
    const time = Math.min(numberOf(query.get("for")) ?? 0, maxSilence);
    const heartbeat = numberOf(query.get("heartbeat"));
    await this.#quiet(stream, time, heartbeat === undefined ? time : Math.max(heartbeat, minHeartbeat));
    await stream.send({ event: doctorEvents.end, data: "" });
  }

  async #leave({ stream, name }: DoctorStream): Promise<void> {
    this.#departures.add(name, stream.done);
    await this.#pause(stream, 3_000);
    await this.#quiet(stream, leaveTimeout, 1_000);
  }

  async #left({ stream, query }: DoctorStream): Promise<void> {
    const left = this.#departures.has(query.get("stream") ?? "", this.#timers, leaveTimeout);
    let waiting = true;
    void left.then(() => {
      waiting = false;
    });
    while (waiting && !stream.closed) {
      await new Sleep(this.#timers).orUntil(Promise.race([left, stream.done]), 500);
      await stream.comment();
    }
    const found = stream.closed ? undefined : await left;
    const data: DoctorLeft = { known: found !== undefined, left: found === true };
    await stream.send({ event: doctorEvents.left, data });
  }

  /** Sends nothing but a comment in each interval, for a time or until the client leaves. */
  async #quiet(stream: EventStream, time: number, interval: number): Promise<void> {
    for (let passed = 0; passed < time && !stream.closed; passed += interval) {
      if (passed > 0) await stream.comment("heartbeat");
      await this.#pause(stream, Math.min(interval, time - passed));
    }
  }

  /** Waits for a time, or until the client has left. */
  async #pause(stream: EventStream, milliseconds: number): Promise<void> {
    await new Sleep(this.#timers).orUntil(stream.done, milliseconds);
  }
}

/** Reads a number of milliseconds out of a query. */
function numberOf(value: string | null): number | undefined {
  return value !== null && /^\d{1,9}$/.test(value) ? Number(value) : undefined;
}
