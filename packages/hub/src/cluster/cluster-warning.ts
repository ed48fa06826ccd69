import type { HubOptions } from "../options.js";

/** Set once the process has been warned. */
let warned = false;

/**
 * Warns, once a process, that hubs in workers of `node:cluster` do not reach each other's clients
 * without an engine. Each worker would serve its own part of them, and nothing would fail.
 */
export function warnOfCluster({ log, bus }: Pick<HubOptions<never>, "log" | "bus">): void {
  if (warned || log !== undefined || bus !== undefined || !isClusterWorker()) return;
  warned = true;
  console.warn(
    "createHub: this process is a worker of node:cluster, and its hub has a log of its own: what is published here reaches only the clients of this worker. Pass a log that all workers share, such as createRedisLog or createNatsLog; or pass log: createMemoryLog() if this is intended.",
  );
}

/** Asked of the runtime, because a package for all runtimes imports no `node:` module. */
function isClusterWorker(): boolean {
  const { process } = globalThis as { process?: { getBuiltinModule?: (id: string) => unknown } };
  const cluster = process?.getBuiltinModule?.("node:cluster") as { isWorker?: boolean } | undefined;
  return cluster?.isWorker === true;
}
