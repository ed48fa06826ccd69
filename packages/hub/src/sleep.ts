import type { HubClock } from "./clock.js";

/** One wait at a time, which can be ended early and leaves no timer behind. */
export class Pause {
  readonly #clock: HubClock;
  #finish: (timedOut: boolean) => void = nothing;

  constructor(clock: HubClock) {
    this.#clock = clock;
  }

  /** Waits for the time to pass, or for {@link end}. */
  async for(milliseconds: number): Promise<void> {
    await this.unless(new Promise(() => {}), milliseconds);
  }

  /** Waits for the event. Resolves to true if it did not come in time. */
  unless(event: Promise<void>, milliseconds: number): Promise<boolean> {
    return new Promise((resolve) => {
      const timer = this.#clock.setTimeout(() => finish(true), milliseconds);
      const finish = (timedOut: boolean) => {
        this.#clock.clearTimeout(timer);
        resolve(timedOut);
      };
      this.#finish = finish;
      void event.then(() => finish(false));
    });
  }

  end(): void {
    this.#finish(false);
  }
}

function nothing(): void {}
