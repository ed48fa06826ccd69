import type { EngineOptions } from "./engine.js";

/** Options of {@link natsServer}. */
export interface NatsOptions {
  /**
   * `2.10` has consumers with several subjects. Default: the `nats-server` that is installed, 2.9
   * on Debian 12.
   */
  readonly version?: "2.10";
}

/**
 * Returns the options of `Engine.start` for a NATS with JetStream, whose streams are in its folder.
 */
export function natsServer({ version }: NatsOptions = {}): EngineOptions {
  return {
    program: version === undefined ? "nats-server" : `nats-server-${version}`,
    arguments: ({ port, folder }) => ["-js", "-sd", folder, "-a", "127.0.0.1", "-p", String(port)],
  };
}

/** The servers on which everything for NATS is tested. */
export const natsServers: readonly EngineOptions[] = [natsServer(), natsServer({ version: "2.10" })];
