import { createHub, createMemoryLog, type Hub, hubStream } from "@sse/fastify";
import fastify, { type FastifyRequest } from "fastify";
import { type Clock, systemClock } from "./clock.js";
import { serveDrop } from "./drop.js";
import { listen } from "./listen.js";
import { Market } from "./market.js";
import { serveMetrics } from "./metrics.js";
import { servePage } from "./page.js";
import { seededRandom } from "./random.js";
import { requestedSymbols, type Ticker } from "./symbols.js";

/** Every share's events have its symbol as their name, and a price as text. */
type Prices = Record<Ticker, string>;

/** Options of a stock price server. */
export interface StockServerOptions {
  /** The port, or the first of those to try. Default 3001. */
  port?: number;
  /** The same seed gives the same prices. Default: others each time. */
  seed?: number;
  /** Milliseconds between two prices of a share. Default 1000. */
  interval?: number;
  /** Milliseconds before a dropped browser reconnects. Default 6000. */
  awayTime?: number;
  /** Default: the time of the machine. */
  clock?: Clock;
}

/** A running server. */
export interface StockServer {
  readonly port: number;
  readonly url: string;
  /** Ends all connections, and resolves when all are closed. */
  close(): Promise<void>;
}

/** Opens the market and the server. */
export async function createStockServer(options: StockServerOptions = {}): Promise<StockServer> {
  const { interval = 1_000, awayTime = 6_000, seed = Date.now(), clock = systemClock } = options;
  const market = new Market(seededRandom(seed));
  // One log with two hubs: a slow reader with a chart needs every price, one with a number only the
  // newest.
  const log = createMemoryLog();
  const hub = createHub<Prices>({ log });
  const latest = createHub<Prices>({ log, slowReader: { policy: "conflate" } });
  let updated = clock.now();

  const closeMarket = clock.every(interval, () => {
    updated = clock.now();
    // Published in one tick, so all prices of a second reach a client in one write.
    for (const { symbol, price } of market.tick()) {
      hub.publish(symbol, { event: symbol, data: price.toFixed(6) }, { conflateKey: symbol });
    }
  });

  // Browsers keep spare connections without a request, which would delay the end.
  const app = fastify({ forceCloseConnections: true });

  app.all("/price", stream(hub));
  app.all("/price/latest", stream(latest));

  // The position and the prices are of the same moment: a client that connects from it misses
  // nothing and sees nothing twice.
  app.get("/symbols", async () => ({
    position: hub.position(),
    now: clock.now(),
    updated,
    interval,
    symbols: market.quotes(),
  }));

  serveDrop(app, hub, awayTime);
  serveMetrics(app, { price: hub, latest });
  servePage(app);
  const port = await listen(app, options.port ?? 3001);

  async function close(): Promise<void> {
    closeMarket();
    // First, so that clients that reconnect do not reach this server again.
    app.server.close();
    await Promise.all([hub, latest].map((one) => one.close({ drain: 200 })));
    await log.close();
    await app.close();
  }
  return { port, url: `http://localhost:${port}`, close };
}

/** Serves the prices of the shares that a client requests. */
function stream(hub: Hub<Prices>): ReturnType<typeof hubStream<PriceRequest>> {
  return hubStream(hub, ({ query }: PriceRequest) => ({ topics: requestedSymbols(query.symbols) }));
}

type PriceRequest = FastifyRequest<{ Querystring: { symbols?: string | string[] } }>;
