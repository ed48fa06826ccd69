// By path: a dependency on a package above the hub would turn the order of builds into a circle.
import { ManualClock as TestClock } from "../../../testing/src/manual-clock.js";

export { settle } from "../../../testing/src/settle.js";

/** A clock whose ticks end when a test says so. */
export class ManualClock extends TestClock {
  constructor() {
    super({ ticks: "manual" });
  }
}
