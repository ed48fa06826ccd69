import { Engine, natsServer } from "@sse/engines";
import { createNatsLog, type NatsLog, type NatsLogOptions } from "../src/index.js";

/** A NATS that the tests of a file share; each test has streams of its own. */
export async function startNats(): Promise<Engine> {
  return Engine.start(natsServer());
}

let streams = 0;

/** A name that no other test has. */
export function freshStream(): string {
  streams += 1;
  return `hub-${process.pid}-${streams}`;
}

/** A log on a server of this machine, with time-outs as short as tests like them. */
export function logOn(engine: { port: number }, options: Partial<NatsLogOptions> & { stream: string }): NatsLog {
  return createNatsLog({
    servers: `nats://127.0.0.1:${engine.port}`,
    commandTimeout: 2_000,
    retryDelay: 20,
    ...options,
  });
}
