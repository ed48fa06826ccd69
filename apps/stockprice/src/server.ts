import { type Clock, systemClock } from "./clock.js";
import { MarketServer } from "./market-server.js";

/** Options of a stock price server. */
export interface StockServerOptions {
  /** The port, or the first of those to try. Default 3001. */
  port?: number;
  /** The same seed makes the same prices. Default: others each time. */
  seed?: number;
  /** Milliseconds between two prices of a share. Default 1000. */
  interval?: number;
  /** Milliseconds before a dropped browser reconnects. Default 6000. */
  awayTime?: number;
  /** Milliseconds without a server during a restart. Default 3000. */
  restartTime?: number;
  /** Milliseconds between two heartbeats of a silent connection. Default 15,000. */
  heartbeat?: number;
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
  const { interval = 1_000, awayTime = 6_000, restartTime = 3_000, clock = systemClock } = options;
  const { heartbeat = 15_000 } = options;
  let seed = options.seed ?? Date.now();
  let running: Promise<unknown> = Promise.resolve();
  let timer: NodeJS.Timeout | undefined;
  let closed = false;
  let server = open();

  function open(): MarketServer {
    return new MarketServer({ seed, interval, awayTime, heartbeat, clock, restart });
  }

  /** Ends this run, and begins another one on the same port, with nothing of the first. */
  function restart(): void {
    if (timer !== undefined || closed) return;
    timer = setTimeout(() => {
      running = stopAndStart().catch((error: unknown) => console.error("The restart failed:", error));
    });
  }

  async function stopAndStart(): Promise<void> {
    await server.close();
    await new Promise((resolve) => setTimeout(resolve, restartTime));
    timer = undefined;
    if (closed) return;
    seed += 1;
    server = open();
    await server.listen(port);
  }

  async function close(): Promise<void> {
    closed = true;
    await running;
    await server.close();
  }

  const port = await server.listen(options.port ?? 3001);
  return { port, url: `http://localhost:${port}`, close };
}
