import type { Bench } from "./bench.js";
import { until } from "./clock.js";
import type { ContenderOptions } from "./contenders/contender.js";
import type { ContenderName } from "./contenders/index.js";
import type { Arrived, Opening } from "./load/load.js";
import type { LoadProcess, Server } from "./processes.js";
import type { Published, Publishing } from "./server/publisher.js";
import type { Usage } from "./server/usage.js";

/** Options of a session. */
export interface SessionOptions extends ContenderOptions, Pick<Opening, "keep"> {
  clients: number;
  /** Topics that the clients share evenly. Default one. */
  topics?: number;
}

/** Cost of one publishing. */
export interface Delivery {
  published: Published;
  arrived: Arrived;
  before: Usage;
  after: Usage;
}

/** Reports of ticks that have arrived, while a window of ticks is under way. */
const reportsPerWindow = 4;

/** Milliseconds after which deliveries that have not arrived are lost. */
const timeout = 60_000;

/** One contender in a fresh process, with its clients in another. */
export class Session {
  readonly server: Server;
  readonly load: LoadProcess;
  /** Clients that read: all connected ones but those that {@link Session.stall} has stopped. */
  clients = 0;
  readonly topics: string[];

  private constructor(server: Server, load: LoadProcess, { topics = 1 }: SessionOptions) {
    this.server = server;
    this.load = load;
    this.topics = Array.from({ length: topics }, (_, index) => `topic-${index}`);
  }

  /** Resolves when all clients are connected and the contender knows them. */
  static async open({ processes }: Bench, name: ContenderName, options: SessionOptions): Promise<Session> {
    const load = processes.load();
    const { heartbeat, personal, run } = options;
    const server = await processes.server(name, {
      ...(heartbeat !== undefined && { heartbeat }),
      ...(personal !== undefined && { personal }),
      ...(run !== undefined && { run }),
    });
    const session = new Session(server, load, options);
    load.onTick((ticks) => void server.call("arrived", ticks));
    await session.connect(options.clients, options.keep);
    return session;
  }

  /** Connects more clients. Resolves when the contender knows them. */
  async connect(clients: number, keep = false): Promise<void> {
    await this.load.call("open", { port: this.server.port, clients, topics: this.topics, keep });
    this.clients += clients;
    const all = async (): Promise<boolean> => (await this.server.call("connections", null)) === this.clients;
    await until(all, () => `${this.clients} connections`, timeout);
  }

  /** Every so manyth client reads nothing more, and is not counted any more. */
  async stall(every: number): Promise<void> {
    this.clients -= await this.load.call("stall", every);
  }

  /** Publishes, and waits until all has arrived at all. @throws when more or less arrives. */
  async deliver(publishing: Omit<Publishing, "topics">, { remember = false } = {}): Promise<Delivery> {
    const deliveriesPerTick = (publishing.eventsPerTick * this.clients) / this.topics.length;
    const deliveries = publishing.ticks * deliveriesPerTick;
    const events = publishing.ticks * publishing.eventsPerTick;
    await this.load.call("count", {
      ...("window" in publishing.pace && {
        deliveriesPerTick,
        ticksPerReport: Math.ceil(publishing.pace.window / reportsPerWindow),
      }),
      ...(remember && { events }),
    });
    const before = await this.server.call("usage", null);
    const published = await this.server.call("publish", { ...publishing, topics: this.topics });
    const arrived = await this.load.call("arrived", { deliveries, timeout });
    const after = await this.server.call("usage", null);
    if (arrived.deliveries !== deliveries)
      throw new Error(`${arrived.deliveries} deliveries arrived where ${deliveries} were due`);
    return { published, arrived, before, after };
  }

  async end(): Promise<void> {
    await Promise.all([this.server.end(), this.load.end()]);
  }
}

/** A session for the time of a function. */
export async function withSession<Result>(
  bench: Bench,
  name: ContenderName,
  options: SessionOptions,
  use: (session: Session) => Promise<Result>,
): Promise<Result> {
  const session = await Session.open(bench, name, options);
  try {
    return await use(session);
  } finally {
    await session.end();
  }
}
