import type { Socket } from "node:net";
import { isHttp2, type NodeResponse } from "./http-types.js";

/** The maximum number of streams that wait on one connection, each with its request. */
const maxWaiting = 5;

const waiting = new WeakMap<Socket, number>();

/**
 * Waits until a response may be written. A client of HTTP/1.1 may send further requests while an
 * earlier one is being answered (RFC 9112 §9.3.2). Their responses wait for their turn, which
 * behind an event stream may never come: until then they are no streams, and there are few of them.
 * A connection with more is destroyed.
 *
 * @returns `undefined` for a response whose turn it is; a promise that also resolves when the
 * connection has closed.
 */
export function turnOf(response: NodeResponse): Promise<void> | undefined {
  if (isHttp2(response) || response.socket !== null) return undefined;
  const { socket } = response.req;
  const count = (waiting.get(socket) ?? 0) + 1;
  if (count > maxWaiting) socket.destroy();
  waiting.set(socket, count);
  return new Promise((resolve) => {
    const proceed = (): void => {
      waiting.set(socket, (waiting.get(socket) ?? 1) - 1);
      response.off("socket", proceed);
      socket.off("close", proceed);
      resolve();
    };
    response.on("socket", proceed);
    socket.on("close", proceed);
  });
}
