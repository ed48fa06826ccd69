import { createHub, createMemoryLog, EventStream, eventStreamHeaders, type Hub } from "@sse/fastify";
import type { FastifyInstance } from "fastify";
import type { Clock } from "./clock.js";
import { PacedSink } from "./paced-sink.js";
import type { Random } from "./random.js";
import { listings } from "./symbols.js";
import { Walk } from "./walk.js";

/** One price of the laboratory. */
export interface LabPrice {
  readonly symbol: string;
  readonly price: number;
  /** Milliseconds since 1970, by the server's clock. */
  readonly at: number;
}

/** The two services of a client that reads more slowly than prices arise. */
export type LabLane = "every" | "conflated";

/** The settings of a page. */
export interface LabSettings {
  /** Events a second, of all shares together. */
  readonly rate: number;
  /** Whether the lines to the browser are slow. */
  readonly narrow: boolean;
}

/** The bytes a second of a narrow line: about twenty events. */
const narrowRate = 2_500;

/** Milliseconds between two publishes: each is of as many events as the rate asks for. */
const interval = 40;

/** Milliseconds after which a price is no longer held. */
const maxAge = 60_000;

const settingsSchema = {
  type: "object",
  additionalProperties: false,
  required: ["rate", "narrow"],
  properties: { rate: { type: "number", minimum: 1, maximum: 1_000 }, narrow: { type: "boolean" } },
};

/**
 * Prices at any rate, over a line that may be slow, to two readers of one log: one receives every
 * price, the other only the newest of each share when it is behind.
 */
export class Lab {
  readonly hubs: Readonly<Record<LabLane, Hub<{ price: LabPrice }>>>;
  #settings: LabSettings = { rate: 8, narrow: false };
  readonly #log = createMemoryLog({ maxEvents: 100_000, maxEventsPerTopic: 100_000, maxAge });
  readonly #walks: readonly Walk[];
  readonly #clock: Clock;
  readonly #stop: () => void;
  /** The events that are due; less than 1 is kept for the next time. */
  #due = 0;
  #turn = 0;

  constructor(clock: Clock, random: Random) {
    const { hub, lane } = { hub: this.#hub, lane: { maxBatchBytes: 512 } };
    this.hubs = {
      every: hub({ policy: "catch-up", ...lane }),
      conflated: hub({ policy: "conflate", ...lane }),
    };
    this.#clock = clock;
    this.#walks = listings.map(({ start }) => new Walk(start, random));
    this.#stop = clock.every(interval, () => this.#publish());
  }

  /** Serves the two streams, and the settings. */
  serve(app: FastifyInstance): void {
    for (const lane of ["every", "conflated"] as const) {
      app.get(`/lab/${lane}`, (request, reply) => {
        if (request.method === "HEAD") return reply.headers(eventStreamHeaders).send();
        reply.hijack();
        reply.raw.writeHead(200, eventStreamHeaders);
        reply.raw.flushHeaders();
        const rate = (): number => (this.#settings.narrow ? narrowRate : Number.POSITIVE_INFINITY);
        const stream = new EventStream(new PacedSink(reply.raw, rate), { heartbeat: 0 });
        this.hubs[lane].connect(stream, { topics: "lab", lastEventId: "" });
      });
    }
    app.get("/lab", () => this.#report());
    app.post<{ Body: LabSettings }>("/lab", { schema: { body: settingsSchema } }, (request) => {
      this.#settings = request.body;
      return this.#report();
    });
  }

  async close(): Promise<void> {
    this.#stop();
    await Promise.all(Object.values(this.hubs).map((hub) => hub.close()));
    await this.#log.close();
  }

  #hub = (slowReader: { policy: "catch-up" | "conflate"; maxBatchBytes: number }) =>
    createHub<{ price: LabPrice }>({ log: this.#log, slowReader });

  /** Publishes while a browser is connected. Both hubs read the log, so one of them publishes. */
  #publish(): void {
    const { every, conflated } = this.hubs;
    if (every.connectionCount() + conflated.connectionCount() === 0) return;
    this.#due += (this.#settings.rate * interval) / 1_000;
    for (; this.#due >= 1; this.#due -= 1) {
      this.#turn = (this.#turn + 1) % this.#walks.length;
      const { symbol } = listings[this.#turn]!;
      const price = Number(this.#walks[this.#turn]!.next().toFixed(2));
      const data = { symbol, price, at: this.#clock.now() };
      void every.publish("lab", { event: "price", data }, { conflateKey: symbol });
    }
  }

  #report(): object {
    const lanes = Object.entries(this.hubs).map(([lane, hub]) => {
      const { connections, lagging, delivered, replayed, conflated } = hub.stats();
      return [lane, { connections, lagging, sent: delivered + replayed, conflated }] as const;
    });
    return { ...this.#settings, published: this.hubs.every.stats().published, ...Object.fromEntries(lanes) };
  }
}
