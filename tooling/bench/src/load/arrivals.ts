import { now } from "../clock.js";

/** The time at which each event arrived at each client. */
export class Arrivals {
  readonly #clients: number;
  readonly #times: Float64Array;

  constructor(clients: number, events: number) {
    this.#clients = clients;
    this.#times = new Float64Array(clients * events);
  }

  /** The client has read these events now, the first of them its `from`th. */
  add(client: number, from: number, events: number): void {
    const time = now();
    for (let event = from; event < from + events; event += 1)
      this.#times[event * this.#clients + client] = time;
  }

  /**
   * Milliseconds from publishing to each arrival: event by event, client by client; without the
   * clients that never read.
   */
  latencies(published: number[]): number[][] {
    return published.map((time, event) =>
      [...this.#times.subarray(event * this.#clients, (event + 1) * this.#clients)]
        .filter((arrival) => arrival > 0)
        .map((arrival) => arrival - time),
    );
  }
}
