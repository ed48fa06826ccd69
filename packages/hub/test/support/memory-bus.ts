import { SseError } from "@sse/core";
import type { BusListener, HubBus } from "../../src/log/bus.js";
import type { ManualClock } from "./clock.js";

/** Carries messages between hubs in one process, late and with losses as a test says. */
export class BusNetwork {
  /** Milliseconds that a message is on its way. 0 delivers it before `send` returns. */
  delay = 0;
  /** Whether to lose this message on its way to this bus. */
  loses: (to: MemoryBus, message: string) => boolean = () => false;
  /** Everything that was sent. */
  readonly sent: string[] = [];
  readonly #clock: ManualClock;
  readonly #buses = new Set<MemoryBus>();

  constructor(clock: ManualClock) {
    this.#clock = clock;
  }

  /** One process's bus, which begins to work at once. */
  connect(): MemoryBus {
    const bus = new MemoryBus((message) => this.#carry(message));
    this.#buses.add(bus);
    return bus;
  }

  #carry(message: string): void {
    this.sent.push(message);
    for (const bus of this.#buses) {
      if (this.loses(bus, message)) continue;
      if (this.delay === 0) bus.deliver(message);
      else this.#clock.setTimeout(() => bus.deliver(message), this.delay);
    }
  }
}

/** One process's bus: the link to the others can be cut. */
export class MemoryBus implements HubBus {
  /** Whether `send` answers; else it hangs. */
  answers = true;
  readonly #carry: (message: string) => void;
  #listener: BusListener | undefined;
  #linked = true;
  #closed = false;

  constructor(carry: (message: string) => void) {
    this.#carry = carry;
  }

  async send(message: string): Promise<void> {
    if (this.#closed) throw new SseError("closed", "the bus has been closed");
    if (!this.answers) return new Promise(() => {});
    if (!this.#linked) throw new SseError("log-unavailable", "there is no link");
    this.#carry(message);
  }

  listen(listener: BusListener): () => void {
    if (this.#closed) throw new SseError("closed", "the bus has been closed");
    this.#listener = listener;
    if (this.#linked) listener.reset();
    return () => {
      this.#listener = undefined;
    };
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#listener = undefined;
  }

  get isClosed(): boolean {
    return this.#closed;
  }

  get isListenedTo(): boolean {
    return this.#listener !== undefined;
  }

  /** A message comes, if there is a link. */
  deliver(message: string): void {
    if (this.#linked) this.#listener?.message(message);
  }

  /** The link breaks: nothing goes out or comes in. */
  cut(): void {
    this.#linked = false;
    this.#listener?.error(new Error("the link to the bus broke"));
  }

  mend(): void {
    this.#linked = true;
    this.#listener?.reset();
  }
}
