import type { Bench } from "./bench.js";
import { sleep } from "./clock.js";
import type { LogSettings } from "./contenders/event-log.js";
import type { Arrived } from "./load/load.js";
import type { Log } from "./logs.js";
import type { EngineProcess, LoadProcess, Server } from "./processes.js";

/** Options of a deployment. */
export interface DeploymentOptions {
  /** Two instances, where the log can be shared; else one for everything. */
  instances: 1 | 2;
  /** Events that an instance keeps beside its log. Default: as the hub does by itself. */
  window?: number;
}

/** Milliseconds after which deliveries that have not arrived are lost. */
const timeout = 60_000;
/** Milliseconds within which an event that is received twice is received again. */
const settling = 100;

/** Instances of one hub, each in a fresh process, on a fresh engine. */
export class Deployment {
  /** The instance that publishes. */
  readonly near: Server;
  /** The instance of the measured clients: another one if there is one. */
  readonly far: Server;
  readonly topic = "topic";
  readonly #engine: EngineProcess | undefined;
  readonly #start: () => Promise<Server>;

  private constructor(
    near: Server,
    far: Server,
    engine: EngineProcess | undefined,
    start: () => Promise<Server>,
  ) {
    this.near = near;
    this.far = far;
    this.#engine = engine;
    this.#start = start;
  }

  static async open({ processes }: Bench, log: Log, options: DeploymentOptions): Promise<Deployment> {
    const engine = log.engine === "none" ? undefined : await processes.engine(log.server);
    const settings: LogSettings =
      log.engine === "none" ? { engine: "none" } : { engine: log.engine, port: engine!.port };
    const start = (): Promise<Server> =>
      processes.server("sse", {
        log: settings,
        ...(options.window !== undefined && { window: options.window }),
      });
    const alone = options.instances === 1 || engine === undefined;
    const [near, far] = await Promise.all([start(), alone ? undefined : start()]);
    return new Deployment(near, far ?? near, engine, start);
  }

  /** Starts another instance, which has nothing beside the log. It ends with the run. */
  add(): Promise<Server> {
    return this.#start();
  }

  /** CPU time of the engine's process until now, in microseconds; `NaN` where there is none. */
  engineCpu(): number {
    return this.#engine?.cpu() ?? Number.NaN;
  }

  /** Connects clients to an instance and waits until each has read that it is live. */
  async connect(load: LoadProcess, { port }: Server, clients: number, topic = this.topic): Promise<void> {
    await load.call("count", {});
    await load.call("open", { port, clients, topics: [topic] });
    await load.call("heard", { timeout });
  }

  async end(): Promise<void> {
    await Promise.all([this.near.end(), this.far.end(), this.#engine?.end()]);
  }
}

/** A deployment for the time of a function. */
export async function withDeployment(
  bench: Bench,
  log: Log,
  options: DeploymentOptions,
  use: (deployment: Deployment) => Promise<void>,
): Promise<void> {
  const deployment = await Deployment.open(bench, log, options);
  try {
    await use(deployment);
  } finally {
    await deployment.end();
  }
}

/** Waits until each client has had so many events. @throws when one has had more, or fewer. */
export async function arrivedExactly(
  load: LoadProcess,
  { clients, events }: { clients: number; events: number },
): Promise<Arrived> {
  const deliveries = clients * events;
  await load.call("reached", { events, timeout });
  const arrived = await load.call("arrived", { deliveries, timeout });
  await sleep(settling);
  const settled = await load.call("arrived", { deliveries, timeout });
  if (settled.deliveries !== deliveries)
    throw new Error(`${settled.deliveries} deliveries arrived where ${deliveries} were due`);
  return arrived;
}
