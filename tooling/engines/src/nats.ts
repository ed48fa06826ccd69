import type { EngineOptions } from "./engine.js";

/** What `Engine.start` needs for a NATS with JetStream, whose streams are in its folder. */
export function natsServer(): EngineOptions {
  return {
    program: "nats-server",
    arguments: ({ port, folder }) => ["-js", "-sd", folder, "-a", "127.0.0.1", "-p", String(port)],
  };
}
