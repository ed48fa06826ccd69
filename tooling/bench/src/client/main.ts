// The client process: one client of a library.
import { now, until } from "../clock.js";
import { answer } from "../rpc.js";
import { type LibraryName, libraries, type Reading } from "./libraries.js";

let events = 0;
let cpu = process.cpuUsage();
let start = 0;

/** The connection of the process. */
interface Connection {
  name: LibraryName;
  url: string;
  reading: Reading;
}

const methods = {
  async connect({ name, url, reading }: Connection): Promise<void> {
    await libraries[name](url, reading, () => {
      events += 1;
    });
  },
  count(_: null): void {
    events = 0;
    cpu = process.cpuUsage();
    start = now();
  },
  async received(wanted: { events: number; timeout: number }): Promise<Received> {
    await until(
      () => events >= wanted.events,
      () => `${events} of ${wanted.events} events`,
      wanted.timeout,
    );
    const { user, system } = process.cpuUsage(cpu);
    return { events, cpu: user + system, duration: now() - start };
  },
};

/** Counts of a client since counting began. */
export interface Received {
  events: number;
  /** CPU time of the client's process, in microseconds. */
  cpu: number;
  /** Milliseconds. */
  duration: number;
}

export type ClientMethods = typeof methods;

answer(methods);
