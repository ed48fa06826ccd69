import type { EngineOptions } from "./engine.js";

/** Which NATS to start. */
export interface NatsOptions {
  /** `2.10`: that one, whose consumers can take several subjects. Default: the `nats-server` that is installed, 2.9 on Debian 12. */
  readonly version?: "2.10";
}

/** What `Engine.start` needs for a NATS with JetStream, whose streams are in its folder. */
export function natsServer({ version }: NatsOptions = {}): EngineOptions {
  return {
    program: version === undefined ? "nats-server" : `nats-server-${version}`,
    arguments: ({ port, folder }) => ["-js", "-sd", folder, "-a", "127.0.0.1", "-p", String(port)],
  };
}

/** Those that what is made for NATS is tested on. */
export const natsServers: readonly EngineOptions[] = [natsServer(), natsServer({ version: "2.10" })];
