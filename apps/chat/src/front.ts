import { connect, createServer, type Socket } from "node:net";
import { listen } from "./listen.js";

/** One port in front of several instances. */
export interface Front {
  readonly port: number;
  /** Ends all connections and stops listening. */
  close(): Promise<void>;
}

/**
 * Passes each connection on to an instance, in turn, and to the next one if it does not accept. It
 * does not parse HTTP: if an instance ends, its clients lose the connection, and reconnect through
 * this port to another one. In production a load balancer does this.
 *
 * @param ports the ports of the running instances.
 * @param port the first port to try; the next free one is used. 0: any.
 */
export async function startFront(ports: () => readonly number[], port: number): Promise<Front> {
  const open = new Set<Socket>();
  let turn = 0;

  function pass(client: Socket, candidates: readonly number[]): void {
    const [candidate, ...others] = candidates;
    if (candidate === undefined) {
      client.destroy();
      return;
    }
    const instance = connect(candidate, "127.0.0.1");
    instance.once("error", () => pass(client, others));
    instance.once("connect", () => {
      instance.removeAllListeners("error");
      join(client, instance);
    });
  }

  const { server, port: listening } = await listen(
    () =>
      createServer((client) => {
        open.add(client);
        client.on("error", () => {});
        client.on("close", () => open.delete(client));
        const all = ports();
        const first = turn++ % Math.max(1, all.length);
        pass(client, [...all.slice(first), ...all.slice(0, first)]);
      }),
    port,
  );
  return {
    port: listening,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const client of open) client.destroy();
      }),
  };
}

/** Forwards the bytes in both directions until one side ends or breaks. */
function join(client: Socket, instance: Socket): void {
  for (const [from, to] of [
    [client, instance],
    [instance, client],
  ] as const) {
    from.setNoDelay(true);
    from.pipe(to);
    from.on("error", () => to.destroy());
    from.on("close", () => to.destroy());
  }
}
