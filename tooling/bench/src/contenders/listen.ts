import { once } from "node:events";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";

/** Long enough for 20,000 clients that connect at once. */
const backlog = 16_384;

/** Listens on a free port of 127.0.0.1 and returns it. */
export async function listen(server: Pick<Server, "listen" | "address" | "once" | "on">): Promise<number> {
  server.listen({ port: 0, host: "127.0.0.1", backlog });
  await once(server as Server, "listening");
  return (server.address() as AddressInfo).port;
}

/** The topic that a request asks for. */
export function topicOf(url: string | undefined): string {
  return (url ?? "/").slice(1);
}

/** The topics that a request asks for, of a contender whose clients may follow several. */
export function topicsOf(url: string | undefined): string[] {
  return topicOf(url).split("+");
}

/** Ends the server and what is connected to it. */
export async function shut(server: Server): Promise<void> {
  const closed = once(server, "close");
  server.close();
  server.closeAllConnections();
  await closed;
}
