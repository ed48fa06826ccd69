import { now, sleep } from "../clock.js";
import type { Contender } from "../contenders/contender.js";
import { payload } from "../payload.js";

/** Settings of a publisher. */
export interface Publishing {
  /** The topics that take turns, tick by tick. */
  topics: string[];
  ticks: number;
  /** Events published in one turn of the event loop. */
  eventsPerTick: number;
  /** Bytes of an event's data. */
  bytes: number;
  /** Milliseconds from tick to tick; or how many ticks may be under way at saturation. */
  pace: { interval: number } | { window: number };
}

/** Account of the published events. */
export interface Published {
  /** Time at which each event was passed to the contender, in milliseconds of the shared clock. */
  times: number[];
  /**
   * Milliseconds by which the last tick was late: a contender that does not sustain the rate falls
   * behind.
   */
  late: number;
}

/** Publishes ticks of numbered events. */
export class Publisher {
  readonly #contender: Contender;
  #events = 0;
  #arrivedTicks = 0;
  #wake: () => void = () => {};

  constructor(contender: Contender) {
    this.#contender = contender;
  }

  arrived(ticks: number): void {
    this.#arrivedTicks = ticks;
    this.#wake();
  }

  async publish(publishing: Publishing): Promise<Published> {
    const times: number[] = [];
    const start = now();
    this.#arrivedTicks = 0;
    let due = start;
    for (let tick = 0; tick < publishing.ticks; tick += 1) {
      if ("interval" in publishing.pace) due = await this.#waitUntil(start + tick * publishing.pace.interval);
      else await this.#waitForWindow(tick - publishing.pace.window);
      this.#tick(publishing, tick, times);
    }
    return { times, late: "interval" in publishing.pace ? (times.at(-1) ?? due) - due : 0 };
  }

  #tick({ topics, eventsPerTick, bytes }: Publishing, tick: number, times: number[]): void {
    const topic = topics[tick % topics.length]!;
    for (let event = 0; event < eventsPerTick; event += 1) {
      this.#events += 1;
      times.push(now());
      this.#contender.publish(topic, payload(this.#events, bytes));
    }
  }

  async #waitUntil(due: number): Promise<number> {
    // At least one turn of the event loop also when late: a tick is a turn. A timer would take a
    // millisecond for it.
    if (due > now()) await sleep(due - now());
    else await nextTurn();
    return due;
  }

  async #waitForWindow(ticks: number): Promise<void> {
    await nextTurn();
    while (this.#arrivedTicks <= ticks)
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
  }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
