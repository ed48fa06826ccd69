import { now, until } from "../clock.js";
import { type Percentiles, percentiles } from "../statistics.js";
import { Arrivals } from "./arrivals.js";
import { Client, type Counter } from "./client.js";
import { eventNumbers } from "./event-numbers.js";

/** Clients to connect. */
export interface Opening {
  port: number;
  clients: number;
  /** The clients' topics, in turn. */
  topics: string[];
  /** The `Last-Event-ID` that the clients send. Default: none. */
  lastEventId?: string | undefined;
  /**
   * Keeps all bytes, so that {@link Load.numbers} can look at each event. For few clients. Default
   * false.
   */
  keep?: boolean;
}

/** Settings of a count. */
export interface Counting {
  /**
   * Deliveries of one tick: {@link Load} reports each time so many more have arrived. Default:
   * never.
   */
  deliveriesPerTick?: number;
  /** Ticks that are reported together, so that reports cost the server little. Default 1. */
  ticksPerReport?: number;
  /** Events for each client whose arrivals are to be remembered. Default: none. */
  events?: number;
}

/** Clients that connect and leave. */
export interface Churning {
  port: number;
  topic: string;
  /** Clients in all. */
  clients: number;
  atATime: number;
}

/** Counts since counting began. */
export interface Arrived {
  deliveries: number;
  reads: number;
  bytes: number;
  /** CPU time of the load process, in microseconds. */
  cpu: number;
  /** Milliseconds from the beginning to the last arrival, or to what was waited for. */
  duration: number;
}

/** Clients that connect at the same time: fewer than any server's backlog. */
const atATime = 256;
const portsPerAddress = 20_000;

/**
 * One address has about 28,000 ports for a server's port. The first need no address: the system
 * chooses a port faster without.
 */
function addressOf(number: number): string | undefined {
  const address = Math.floor(number / portsPerAddress);
  return address === 0 ? undefined : `127.0.0.${1 + address}`;
}

/** Clients that count together. */
export class Load implements Counter {
  readonly #onTick: (ticks: number) => void;
  readonly #kept = new Map<Client, Buffer[]>();
  #clients: Client[] = [];
  #stalled: Client[] = [];
  #keeps = false;
  #counting: Counting = {};
  #arrivals: Arrivals | undefined;
  #totals = { deliveries: 0, reads: 0, bytes: 0 };
  #ticks = 0;
  #cpu = process.cpuUsage();
  #start = 0;
  #last = 0;

  constructor(onTick: (ticks: number) => void) {
    this.#onTick = onTick;
  }

  /**
   * Connects clients besides those that there are. Resolves when each has the head of its response.
   */
  async open(opening: Opening): Promise<void> {
    this.#keeps = opening.keep === true;
    for (let from = 0; from < opening.clients; from += atATime) {
      const batch = Array.from({ length: Math.min(atATime, opening.clients - from) }, (_, index) =>
        this.#connect(opening, from + index),
      );
      await Promise.all(batch.map(({ open }) => open));
    }
  }

  #connect({ port, topics, lastEventId }: Opening, index: number): Client {
    const number = this.#clients.length;
    const localAddress = addressOf(number);
    const topic = topics[index % topics.length]!;
    const client = new Client(number, { port, topic, localAddress, lastEventId }, this);
    this.#clients.push(client);
    return client;
  }

  /** Begins to count, from 0. */
  count(counting: Counting): void {
    this.#counting = counting;
    this.#arrivals =
      counting.events === undefined
        ? undefined
        : new Arrivals(this.#clients.length + this.#stalled.length, counting.events);
    for (const client of this.#clients) client.reset();
    this.#totals = { deliveries: 0, reads: 0, bytes: 0 };
    this.#ticks = 0;
    this.#cpu = process.cpuUsage();
    this.#start = now();
    this.#last = this.#start;
  }

  /**
   * Resolves when so many deliveries have arrived.
   * @throws when they have not, after the time-out in milliseconds.
   */
  async arrived({ deliveries, timeout }: { deliveries: number; timeout: number }): Promise<Arrived> {
    const holds = () => this.#totals.deliveries >= deliveries;
    await until(holds, () => `${this.#totals.deliveries} of ${deliveries} deliveries arrived`, timeout);
    return this.#arrivedBy(this.#last);
  }

  #arrivedNow(): Arrived {
    return this.#arrivedBy(now());
  }

  #arrivedBy(time: number): Arrived {
    const { user, system } = process.cpuUsage(this.#cpu);
    return { ...this.#totals, cpu: user + system, duration: time - this.#start };
  }

  /** Milliseconds from the publishing of each event to its last client, and to each client. */
  latencies(published: number[]): { last: Percentiles; each: Percentiles } {
    const latencies = this.#arrivals!.latencies(published);
    return {
      last: percentiles(latencies.map((each) => each.reduce((a, b) => Math.max(a, b), 0))),
      each: percentiles(latencies.flat()),
    };
  }

  /** The numbers of the events that each client has received, read by a parser. */
  numbers(): number[][] {
    return this.#clients.map((client) => eventNumbers(Buffer.concat(this.#kept.get(client) ?? [])));
  }

  /** Resolves when each client has had so many events. */
  async reached({ events, timeout }: { events: number; timeout: number }): Promise<Arrived> {
    const behind = (): number => this.#clients.filter((client) => client.events < events).length;
    const cutOff = (): number => this.#clients.filter((client) => client.cutOff).length;
    await until(
      () => behind() === 0,
      () => `${behind()} clients are behind, ${cutOff()} of all were cut off`,
      timeout,
    );
    return this.#arrivedNow();
  }

  /** Resolves when each client has read something, a heartbeat say. */
  async heard({ timeout }: { timeout: number }): Promise<Arrived> {
    const deaf = (): number => this.#clients.filter(({ reads }) => reads === 0).length;
    await until(
      () => deaf() === 0,
      () => `${deaf()} clients have read nothing`,
      timeout,
    );
    return this.#arrivedNow();
  }

  /** Clients that connect and leave at once, some at a time. */
  async churn({ port, topic, clients, atATime }: Churning): Promise<Arrived> {
    this.count({});
    let next = 0;
    const one = async (): Promise<void> => {
      while (next++ < clients) {
        const client = new Client(0, { port, topic }, this);
        await client.open;
        client.leave();
      }
    };
    await Promise.all(Array.from({ length: atATime }, one));
    return this.#arrivedNow();
  }

  /** Every so manyth client reads nothing more and counts no more. Returns how many these are. */
  stall(every: number): number {
    this.#stalled = this.#clients.filter(({ number }) => number % every === 0);
    this.#clients = this.#clients.filter(({ number }) => number % every !== 0);
    for (const client of this.#stalled) client.stall();
    return this.#stalled.length;
  }

  close(): void {
    for (const client of [...this.#clients, ...this.#stalled]) client.leave();
    this.#clients = [];
    this.#stalled = [];
    this.#kept.clear();
  }

  arrivedAt(client: Client, events: number): void {
    if (client.stalled) return;
    this.#last = now();
    this.#totals.deliveries += events;
    this.#arrivals?.add(client.number, client.events - events, events);
    this.#reportTicks(this.#counting);
  }

  read(client: Client, bytes: Buffer): void {
    this.#totals.reads += 1;
    this.#totals.bytes += bytes.length;
    if (this.#keeps) this.#kept.set(client, [...(this.#kept.get(client) ?? []), Buffer.from(bytes)]);
  }

  #reportTicks({ deliveriesPerTick, ticksPerReport = 1 }: Counting): void {
    if (deliveriesPerTick === undefined) return;
    const ticks = Math.floor(this.#totals.deliveries / deliveriesPerTick);
    if (ticks < this.#ticks + ticksPerReport) return;
    this.#ticks = ticks;
    this.#onTick(ticks);
  }
}
