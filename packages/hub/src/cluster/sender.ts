import { isSseError } from "@sse/core";
import type { ErrorThrottle } from "../error-throttle.js";
import type { HubBus } from "../log/bus.js";
import { utf8Length } from "../utf8.js";
import { busMessageTooLarge, busOverloaded } from "./errors.js";
import { type BusMessage, encodeMessage, maxMessageBytes } from "./messages.js";

/** The maximum size of all messages that the bus has not accepted yet, in bytes. */
const maxBytesInFlight = 16 * 1024 * 1024;

/** Sends the messages of one instance. A message that cannot be sent is dropped and reported. */
export class BusSender {
  readonly #bus: HubBus;
  readonly #from: string;
  readonly #errors: ErrorThrottle;
  #bytesInFlight = 0;

  /** @param from the id of this instance. */
  constructor(bus: HubBus, from: string, errors: ErrorThrottle) {
    this.#bus = bus;
    this.#from = from;
    this.#errors = errors;
  }

  /**
   * Resolves once the bus has accepted or rejected the message, to whether it has accepted it.
   * Never rejects.
   */
  async send(message: BusMessage): Promise<boolean> {
    try {
      const text = encodeMessage(this.#from, message);
      const bytes = utf8Length(text);
      if (bytes > maxMessageBytes) throw busMessageTooLarge(bytes, maxMessageBytes);
      if (this.#bytesInFlight + bytes > maxBytesInFlight) throw busOverloaded();
      this.#bytesInFlight += bytes;
      await this.#bus.send(text).finally(() => {
        this.#bytesInFlight -= bytes;
      });
      return true;
    } catch (error) {
      this.#errors.report(`send ${isSseError(error) ? error.code : ""}`, error);
      return false;
    }
  }
}
