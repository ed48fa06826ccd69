import type { EngineOptions } from "./engine.js";

/** Options of {@link redisServer}. */
export interface RedisOptions {
  /**
   * The data that outlive a restart. `none`: nothing. `appendonly`: every write, synchronously.
   * `snapshot`: the state at the last `SAVE`. Default `none`.
   */
  readonly persistence?: "none" | "appendonly" | "snapshot";
  /** More arguments, such as `--replicaof`. */
  readonly arguments?: readonly string[];
}

/**
 * Returns the options of `Engine.start` for a Redis. It has no password and listens on 127.0.0.1
 * only.
 */
export function redisServer({
  persistence = "none",
  arguments: more = [],
}: RedisOptions = {}): EngineOptions {
  const keeps = persistence === "appendonly" ? ["yes", "--appendfsync", "always"] : ["no"];
  return {
    program: "redis-server",
    // It accepts connections before it has loaded its data, and replies LOADING until then.
    ready: { request: "PING\r\n", answer: "+PONG" },
    arguments: ({ port, folder }) => [
      ...["--port", String(port), "--bind", "127.0.0.1", "--dir", folder],
      ...["--save", "", "--appendonly", ...keeps, ...more],
    ],
  };
}
