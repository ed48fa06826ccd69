import { setTimeout as delay } from "node:timers/promises";
import { Engine } from "./engine.js";
import { freePort } from "./free-port.js";
import { CuttableLink } from "./link.js";
import { natsRequest } from "./nats-request.js";

/** The number of servers in a cluster. */
const size = 3;

/** The maximum milliseconds until servers that have started accept a stream. */
const maxStart = 20_000;

/** The number of times that the servers are started. */
const maxAttempts = 5;

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

  /**
   * Starts the servers, and waits until they accept a stream on all of them. Servers that start
   * together sometimes form a cluster that never does; they start again then.
   */
  static async start(program = "nats-server-2.10"): Promise<NatsCluster> {
    for (let attempt = 1; attempt <= maxAttempts; attempt += 1) {
      const cluster = await NatsCluster.#startServers(program);
      if (await cluster.#isUsable()) return cluster;
      await cluster.dispose();
    }
    throw new Error(`no cluster of ${program} accepted a stream on all of its servers`);
  }

  static async #startServers(program: string): Promise<NatsCluster> {
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
    await Promise.all(this.servers.map((server) => server.dispose()));
    await Promise.all([...this.#routes.values()].map((route) => route.close()));
  }

  async #isUsable(): Promise<boolean> {
    const { port } = this.servers[0]!;
    const config = { name: "usable", subjects: ["usable"], num_replicas: size };
    for (const end = performance.now() + maxStart; performance.now() < end; await delay(100)) {
      const reply = await natsRequest(port, `$JS.API.STREAM.CREATE.${config.name}`, config);
      if (reply === undefined || reply.includes('"error"')) continue;
      await natsRequest(port, `$JS.API.STREAM.DELETE.${config.name}`, {});
      return true;
    }
    return false;
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
