import { type EngineOptions, isInstalled, natsServer, redisServer } from "@sse/engines";
import { type Bench, bySize } from "./bench.js";
import type { LogSettings } from "./contenders/event-log.js";

/** A log that instances can share, and the engine that it needs. */
export type Log =
  | { readonly name: string; readonly engine: "none" }
  | {
      readonly name: string;
      readonly engine: Exclude<LogSettings["engine"], "none">;
      readonly server: EngineOptions;
    };

function redis(name: string, appendfsync?: "everysec" | "always"): Log {
  const keeps = appendfsync === undefined ? [] : ["--appendonly", "yes", "--appendfsync", appendfsync];
  return { name, engine: "redis", server: redisServer({ arguments: keeps }) };
}

const memory: Log = { name: "memory, one instance", engine: "none" };
const plainRedis = redis("Redis");
const nats: Log = { name: "NATS JetStream", engine: "nats", server: natsServer() };
const newNats: Log = { name: "NATS JetStream 2.10", engine: "nats", server: natsServer({ version: "2.10" }) };

/** The first is what the others are compared with. */
const all = [
  memory,
  plainRedis,
  redis("Redis, fsync everysec", "everysec"),
  redis("Redis, fsync always", "always"),
  nats,
  newNats,
];

/** Whether a row of a table is one of these. */
export function isLog(name: string): boolean {
  return all.some((log) => log.name === name);
}

/** Those whose engines are installed. Says which are not. */
export function availableLogs(bench: Bench): Log[] {
  const logs = bySize(bench.size, { full: all, quick: all, smoke: [memory, plainRedis, nats] });
  const programs = new Set(logs.flatMap((log) => (log.engine === "none" ? [] : [log.server.program])));
  const missing = [...programs].filter((program) => !isInstalled(program));
  for (const program of missing) bench.note(`SKIPPED: ${program} is not installed.`);
  return logs.filter((log) => log.engine === "none" || !missing.includes(log.server.program));
}
