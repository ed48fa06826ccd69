import {
  createHub,
  createMemoryLog,
  eventStream,
  type Hub,
  hubStream,
  subscriptionEndpoint,
} from "@sse/fastify";
import { sendSamples } from "@sse/ui/server";
import fastify, { type FastifyInstance, type FastifyRequest } from "fastify";
import type { Clock } from "./clock.js";
import { serveDrop } from "./drop.js";
import { Lab } from "./lab.js";
import { listen } from "./listen.js";
import { Market } from "./market.js";
import { serveMetrics } from "./metrics.js";
import { servePages } from "./page.js";
import { problemRefusal, serveProblems } from "./problems.js";
import { seededRandom } from "./random.js";
import { requestedSymbols, symbolsProblem, type Ticker } from "./symbols.js";

/** Every share's events have its symbol as their name, and a price as text. */
type Prices = Record<Ticker, string>;

/** Parameters of {@link MarketServer}. */
export interface MarketServerOptions {
  readonly seed: number;
  readonly interval: number;
  readonly awayTime: number;
  readonly heartbeat: number;
  readonly clock: Clock;
  /** Called when a page asks for a restart. */
  readonly restart: () => void;
}

/** Milliseconds for which the log holds a price. */
const maxAge = 20 * 60_000;

/**
 * One run of the server: a market, a log, and the hubs that read it. After a restart another one
 * has another market and an empty log, as a new process would.
 */
export class MarketServer {
  readonly #options: MarketServerOptions;
  readonly #market: Market;
  /** Milliseconds by which the clock of the log is ahead. */
  #leap = 0;
  // One log with two hubs: a slow reader with a chart needs every price, one with a number only the
  // newest.
  readonly #log = createMemoryLog({ maxAge, now: () => performance.now() + this.#leap });
  readonly #hub: Hub<Prices>;
  readonly #latest: Hub<Prices>;
  readonly #lab: Lab;
  // Browsers keep spare connections without a request, which would delay the end.
  readonly #app: FastifyInstance = fastify({ forceCloseConnections: true });
  readonly #stop: () => void;
  #updated: number;

  constructor(options: MarketServerOptions) {
    const { seed, clock, interval } = options;
    this.#options = options;
    // Two seconds: who was away for longer reads from the log, which evicts by its own clock.
    const window = { maxEvents: 16 };
    const common = { log: this.#log, window, heartbeat: { interval: options.heartbeat } };
    this.#hub = createHub<Prices>(common);
    this.#latest = createHub<Prices>({ ...common, slowReader: { policy: "conflate" } });
    this.#market = new Market(seededRandom(seed));
    this.#lab = new Lab(clock, seededRandom(seed + 1));
    this.#updated = clock.now();
    this.#stop = clock.every(interval, () => this.#tick());
    this.#route();
  }

  /** Listens on a port, or on the next free one. Returns the port. */
  listen(port: number): Promise<number> {
    return listen(this.#app, port);
  }

  async close(): Promise<void> {
    this.#stop();
    // First, so that clients that reconnect do not reach this server again.
    this.#app.server.close();
    await Promise.all([this.#hub, this.#latest].map((hub) => hub.close({ drain: 200 })));
    await this.#lab.close();
    await this.#log.close();
    await this.#app.close();
  }

  #tick(): void {
    this.#updated = this.#options.clock.now();
    // Published in one tick, so all prices of a second reach a client in one write.
    for (const { symbol, price } of this.#market.tick()) {
      this.#hub.publish(symbol, { event: symbol, data: price.toFixed(6) }, { conflateKey: symbol });
    }
  }

  #route(): void {
    const app = this.#app;
    const hubs = { price: this.#hub, latest: this.#latest };
    serveProblems(app);
    app.get("/price", stream(this.#hub));
    app.get("/price/latest", stream(this.#latest));
    // Anybody may follow any share, so the endpoint checks their names only.
    const authorize = (_request: unknown, { subscribe }: { subscribe: readonly string[] }): true => {
      const refusal = symbolsProblem(subscribe);
      if (refusal !== undefined) throw problemRefusal(...refusal);
      return true;
    };
    app.post("/price/subscription", subscriptionEndpoint(this.#hub, { authorize }));
    // The position and the prices are of the same moment: a client that connects from it misses
    // nothing and sees nothing twice.
    app.get("/symbols", async () => ({
      position: this.#hub.position(),
      now: this.#options.clock.now(),
      updated: this.#updated,
      interval: this.#options.interval,
      symbols: this.#market.quotes(),
    }));
    serveDrop(app, this.#hub, { retry: this.#options.awayTime, evict: () => this.#evict() });
    app.post("/restart", (_request, reply) => {
      this.#options.restart();
      return reply.code(202).send({});
    });
    this.#lab.serve(app);
    serveMetrics(app, hubs);
    app.get(
      "/hub/stats",
      eventStream((live) => sendSamples(live, () => ({ ...hubs, ...this.#lab.hubs }))),
    );
    servePages(app);
  }

  /** Advances the clock of the log until nothing of now is held any more. */
  #evict(): void {
    this.#leap += maxAge + 1;
  }
}

/** Serves the prices of the shares that a client requests. */
function stream(hub: Hub<Prices>): ReturnType<typeof hubStream<PriceRequest>> {
  return hubStream(hub, ({ query }: PriceRequest) => ({ topics: requestedSymbols(query.symbols) }));
}

type PriceRequest = FastifyRequest<{ Querystring: { symbols?: string | string[] } }>;
