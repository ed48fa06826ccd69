import { encodeComment } from "@sse/core";
import { encodeUtf8, systemTimers } from "@sse/core/internal";
import type { WebSink } from "./web-sink.js";

/** The part in use of the server that Bun passes to handlers beside the request. */
interface BunServer {
  timeout(request: Request, seconds: number): void;
  requestIP(request: Request): unknown;
}

/**
 * Half of the longest silence, in milliseconds. Bun closes a connection that was quiet for 10
 * seconds.
 */
const quietCheckInterval = 4_000;

const isBun = "Bun" in globalThis;

/**
 * Keeps Bun's idle timeout from ending a stream that is quiet. Handlers that get Bun's server among
 * their arguments, by itself or as a field (Hono's `env`), lift the timeout of the request. Without
 * it comments are sent into silence.
 */
export function suspendIdleTimeout(sink: WebSink, request: Request, rest: readonly unknown[]): void {
  if (!isBun) return;
  const server = rest.map(serverIn).find((found) => found !== undefined);
  if (server !== undefined) server.timeout(request, 0);
  else writeIntoSilence(sink);
}

function serverIn(argument: unknown): BunServer | undefined {
  if (isServer(argument)) return argument;
  const { server } = (argument ?? {}) as { server?: unknown };
  return isServer(server) ? server : undefined;
}

function isServer(value: unknown): value is BunServer {
  const { timeout, requestIP } = (value ?? {}) as Partial<BunServer>;
  return typeof timeout === "function" && typeof requestIP === "function";
}

function writeIntoSilence(sink: WebSink): void {
  const comment = encodeUtf8(encodeComment());
  let seen = sink.bytesWritten;
  const check = (): void => {
    if (sink.over) return;
    if (sink.started && sink.bytesWritten === seen && sink.room > 0) sink.write(comment);
    seen = sink.bytesWritten;
    timer = systemTimers.setTimeout(check, quietCheckInterval);
  };
  let timer = systemTimers.setTimeout(check, quietCheckInterval);
  void sink.closed.then(() => systemTimers.clearTimeout(timer));
}
