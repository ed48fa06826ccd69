import { type EngineOptions, isInstalled, natsServer, redisServer } from "@sse/engines";
import type { Bench } from "./bench.js";
import type { LogSettings } from "./contenders/event-log.js";

/** A log that instances can share, and the engine that it needs. */
export type Log =
  | { readonly name: string; readonly engine: "none" }
  | {
      readonly name: string;
      readonly engine: Exclude<LogSettings["engine"], "none">;
      readonly server: EngineOptions;
    };

const everySecond = ["--appendonly", "yes", "--appendfsync", "everysec"];
const always = ["--appendonly", "yes", "--appendfsync", "always"];

/** The first is what the others are compared with. */
const logs: readonly Log[] = [
  { name: "memory, one instance", engine: "none" },
  { name: "Redis, ioredis", engine: "redis", server: redisServer() },
  { name: "… appendfsync everysec", engine: "redis", server: redisServer({ arguments: everySecond }) },
  { name: "… appendfsync always", engine: "redis", server: redisServer({ arguments: always }) },
  { name: "NATS JetStream, file", engine: "nats", server: natsServer() },
];

/** Those whose engines are installed. Says which are not. */
export function availableLogs(bench: Bench): Log[] {
  const programs = new Set(logs.flatMap((log) => (log.engine === "none" ? [] : [log.server.program])));
  const missing = [...programs].filter((program) => !isInstalled(program));
  for (const program of missing) bench.note(`SKIPPED: ${program} is not installed.`);
  return logs.filter((log) => log.engine === "none" || !missing.includes(log.server.program));
}
