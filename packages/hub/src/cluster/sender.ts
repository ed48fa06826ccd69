import { isSseError, SseError } from "@sse/core";
import type { HubBus } from "../log/bus.js";
import { utf8Length } from "../utf8.js";
import type { Seldom } from "./error-throttle.js";
import { type BusMessage, encodeMessage } from "./messages.js";

/** Most bytes that a bus takes in one message. */
const largestMessage = 524_288;

/** Most bytes handed to the bus that it has not taken yet. */
const mostBytesInFlight = 16 * 1024 * 1024;

/** One instance's way onto the bus. What cannot be sent is gone, and `error` is told so. */
export class BusSender {
  readonly #bus: HubBus;
  readonly #from: string;
  readonly #trouble: Seldom;
  #bytesInFlight = 0;

  /** @param from the id of this instance. */
  constructor(bus: HubBus, from: string, trouble: Seldom) {
    this.#bus = bus;
    this.#from = from;
    this.#trouble = trouble;
  }

  /** Resolves once the bus has taken the message, or has failed to, and tells which. Never rejects. */
  async send(message: BusMessage): Promise<boolean> {
    const text = encodeMessage(this.#from, message);
    const bytes = utf8Length(text);
    try {
      this.#requireRoom(bytes);
      this.#bytesInFlight += bytes;
      await this.#bus.send(text).finally(() => {
        this.#bytesInFlight -= bytes;
      });
      return true;
    } catch (error) {
      this.#trouble.report(`send ${isSseError(error) ? error.code : ""}`, error);
      return false;
    }
  }

  #requireRoom(bytes: number): void {
    if (bytes > largestMessage) {
      throw new SseError(
        "too-large",
        `a message for the other instances has ${bytes} bytes, a bus takes ${largestMessage}: it stayed on this instance; send less, or to fewer at a time`,
        { field: "data" },
      );
    }
    if (this.#bytesInFlight + bytes > mostBytesInFlight) {
      throw new SseError(
        "overloaded",
        "the bus does not take messages as fast as they are published: some stayed on this instance; publish less that is ephemeral",
      );
    }
  }
}
