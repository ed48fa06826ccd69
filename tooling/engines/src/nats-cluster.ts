import { Engine } from "./engine.js";
import { freePort } from "./free-port.js";
import { CuttableLink } from "./link.js";

/** The number of servers in a cluster. */
const size = 3;

/**
 * Three NATS servers with JetStream that form a cluster. Their routes lead through links that can
 * be cut.
 */
export class NatsCluster {
  readonly servers: readonly Engine[];
  /** The routes, by the indexes of the two servers: `from-to`. */
  readonly #routes: ReadonlyMap<string, CuttableLink>;

  private constructor(servers: readonly Engine[], routes: ReadonlyMap<string, CuttableLink>) {
    this.servers = servers;
    this.#routes = routes;
  }

  static async start(program = "nats-server-2.10"): Promise<NatsCluster> {
    const ports = await Promise.all(Array.from({ length: size }, freePort));
    const routes = new Map<string, CuttableLink>();
    for (const [from, to] of pairs) routes.set(`${from}-${to}`, await CuttableLink.to(ports[to]!));
    const servers = ports.map((clusterPort, index) => {
      const peers = pairs.filter(([from]) => from === index).map((pair) => routes.get(pair.join("-"))!);
      return Engine.start({ program, arguments: serverArguments(index, clusterPort, peers) });
    });
    return new NatsCluster(await Promise.all(servers), routes);
  }

  /** The addresses for clients. */
  get urls(): string[] {
    return this.servers.map(({ port }) => `nats://127.0.0.1:${port}`);
  }

  /** Cuts a server off from the others until {@link heal}. Its clients stay connected. */
  isolate(index: number): void {
    for (const [pair, route] of this.#routes) if (pair.includes(String(index))) route.sever();
  }

  /** Holds back what passes between a server and the others until {@link resume}. */
  stall(index: number): void {
    for (const [pair, route] of this.#routes) if (pair.includes(String(index))) route.stall();
  }

  resume(): void {
    for (const route of this.#routes.values()) route.resume();
  }

  heal(): void {
    for (const route of this.#routes.values()) route.mend();
  }

  async dispose(): Promise<void> {
    for (const server of this.servers) await server.dispose();
    for (const route of this.#routes.values()) await route.close();
  }
}

/**
 * The server that opens a route and the one that it leads to. A server needs a route of its own.
 */
const pairs = [0, 1, 2].flatMap((from) =>
  [0, 1, 2].filter((to) => to !== from).map((to) => [from, to] as const),
);

function serverArguments(index: number, clusterPort: number, peers: readonly CuttableLink[]) {
  const routes = peers.map(({ port }) => `nats://127.0.0.1:${port}`).join(",");
  return ({ port, folder }: { port: number; folder: string }): string[] => [
    ...["-js", "-sd", folder, "-a", "127.0.0.1", "-p", String(port)],
    ...["-n", `node-${index}`, "--cluster_name", "sse", "--no_advertise"],
    ...["--cluster", `nats://127.0.0.1:${clusterPort}`],
    ...["--routes", routes],
  ];
}
