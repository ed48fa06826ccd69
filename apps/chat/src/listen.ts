import type { AddressInfo, Server } from "node:net";

/** The number of ports that are tried. */
const attempts = 50;

/** This machine only: the names in the chat are claimed, not proven. */
const host = "127.0.0.1";

/** A server that accepts connections, and the port on which it does. */
export interface Listening<AnyServer extends Server> {
  server: AnyServer;
  port: number;
}

/**
 * Listens on the first free port from `port` on; 0 uses any.
 *
 * @param create makes a server, for each port that is tried.
 * @throws the error of the operating system if none of 50 ports is free.
 */
export async function listen<AnyServer extends Server>(
  create: () => AnyServer,
  port: number,
): Promise<Listening<AnyServer>> {
  for (let candidate = port; ; candidate += 1) {
    const server = create();
    const error = await started(server, candidate);
    if (error === undefined) return { server, port: (server.address() as AddressInfo).port };
    if (error.code !== "EADDRINUSE" || candidate + 1 >= port + attempts) throw error;
  }
}

function started(server: Server, port: number): Promise<NodeJS.ErrnoException | undefined> {
  return new Promise((resolve) => {
    server.once("error", resolve);
    server.listen(port, host, () => {
      server.off("error", resolve);
      resolve(undefined);
    });
  });
}
