import type { EventSourceClient, Lifecycle } from "../../src/index.js";

const names = ["open", "live", "reconnecting", "gap", "error", "close"] as const;

/**
 * Everything that happens to a client's connection, in order, as texts that are easy to compare.
 */
export function recordLifecycle(
  source: EventSourceClient<never> | { onLifecycle: EventSourceClient<never>["onLifecycle"] },
): string[] {
  const log: string[] = [];
  for (const name of names) source.onLifecycle(name, (info) => void log.push(`${name}${detail(name, info)}`));
  return log;
}

function detail(name: keyof Lifecycle, info: unknown): string {
  const { attempt, delay, error, code, reason } = info as Record<string, never> & {
    error?: { code: string };
  };
  if (name === "reconnecting") return ` ${attempt} in ${delay}: ${error?.code}`;
  if (name === "error") return ` ${code}`;
  if (name === "gap") return ` ${reason}`;
  if (name === "close") return error ? ` ${error.code}` : "";
  return "";
}
