import { batch, type Signal, signal } from "@preact/signals";
import { createEventSource, type EventSourceClient } from "@sse/client";
import { oncePerFrame } from "@sse/ui";
import { post } from "./market-api.js";

/** The events that a lane has received, as the page shows them. */
export interface LaneReceived {
  readonly received: number;
  /** Milliseconds between the newest price's origin and its arrival. */
  readonly age: number;
  readonly gaps: number;
}

/** The events that the server has sent to a lane. */
export interface LaneSent {
  readonly connections: number;
  readonly lagging: number;
  readonly sent: number;
  readonly conflated: number;
}

/** The state of the laboratory on the server. */
export interface LabReport {
  readonly rate: number;
  readonly narrow: boolean;
  readonly published: number;
  readonly every: LaneSent;
  readonly conflated: LaneSent;
}

/** Milliseconds between two reports. */
const reportInterval = 1_000;

/** Milliseconds between two changes of the numbers of a lane. */
const shownInterval = 100;

/** One of the two streams. Its numbers are shown ten times a second at most. */
export class Lane {
  readonly shown: Signal<LaneReceived> = signal({ received: 0, age: 0, gaps: 0 });
  readonly #source: EventSourceClient<Record<string, string>>;
  #received = 0;
  #age = 0;
  #gaps = 0;
  readonly #show = oncePerFrame(() => {
    this.shown.value = { received: this.#received, age: this.#age, gaps: this.#gaps };
  }, shownInterval);

  constructor(path: string) {
    // Not shared: a tab that is hidden has no connection, and sending each of a thousand events a
    // second to other tabs takes more time than reading it.
    this.#source = createEventSource(path, { autoConnect: false, pauseWhenHidden: true });
    this.#source.on("price", ({ data }) => {
      this.#received += 1;
      // The time is the last field: a page that parses each of a thousand events a second has less
      // time for the rest.
      this.#age = Date.now() - Number(data.slice(data.lastIndexOf(":") + 1, -1));
      this.#show();
    });
    this.#source.onLifecycle("gap", () => {
      this.#gaps += 1;
      this.#show();
    });
  }

  connect(): void {
    this.#source.connect();
  }

  close(): void {
    this.#source.close();
  }
}

/** Prices at any rate, over a fast or a slow line, to two readers. */
export class LabModel {
  readonly running: Signal<boolean> = signal(false);
  readonly rate: Signal<number> = signal(100);
  readonly narrow: Signal<boolean> = signal(false);
  readonly report: Signal<LabReport | undefined> = signal(undefined);
  readonly every = new Lane("/lab/every");
  readonly conflated = new Lane("/lab/conflated");
  #timer: ReturnType<typeof setInterval> | undefined;

  /** Starts, and brings the laboratory into view. */
  async show(narrow: boolean): Promise<void> {
    await this.start({ narrow, rate: narrow ? 400 : this.rate.value });
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    document.querySelector("#lab")?.scrollIntoView({ behavior: still ? "auto" : "smooth", block: "center" });
  }

  async start(settings: { rate?: number; narrow?: boolean } = {}): Promise<void> {
    this.set(settings);
    if (this.running.value) return;
    this.running.value = true;
    this.every.connect();
    this.conflated.connect();
    this.#timer = setInterval(() => void this.#fetchReport(), reportInterval);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.running.value = false;
    this.every.close();
    this.conflated.close();
  }

  /** Changes the rate or the width of the line, for all who watch. */
  set({ rate = this.rate.value, narrow = this.narrow.value }: { rate?: number; narrow?: boolean }): void {
    batch(() => {
      this.rate.value = rate;
      this.narrow.value = narrow;
    });
    void post("/lab", { rate, narrow });
  }

  async #fetchReport(): Promise<void> {
    const response = await fetch("/lab").catch(() => undefined);
    if (response?.ok) this.report.value = await response.json();
  }
}
