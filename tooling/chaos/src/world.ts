import { setTimeout as delay } from "node:timers/promises";
import { CuttableLink } from "@sse/engines";
import type { ChaosEngine } from "./chaos-engine.js";
import { Client } from "./client.js";
import type { Evidence, Publish, RemovedEntry } from "./evidence.js";
import { Instance } from "./instance.js";
import type { Fault, Plan } from "./plan.js";
import { Publisher } from "./publisher.js";
import { Random } from "./random.js";

/** The maximum milliseconds of the recovery after the last fault. */
const maxRecovery = 100_000;

/** The files that instances run: of the present packages, and of earlier ones. */
export interface Programs {
  readonly present: string;
  readonly earlier?: string | undefined;
}

/** Milliseconds after which another last event is published for clients that lack it. */
const markerTime = 10_000;

/** The parts of a run: an engine, instances behind a link each, publishers and clients. */
export class World {
  readonly instances: readonly Instance[];
  readonly clients: readonly Client[];
  readonly publishers: readonly Publisher[];
  /** The faults in the order of their start, with the time in milliseconds. */
  readonly done: string[] = [];
  /** The parts that did not recover. */
  readonly complaints: string[] = [];
  readonly #plan: Plan;
  readonly #engine: ChaosEngine;
  readonly #links: readonly CuttableLink[];
  readonly #last: Publisher;
  /** The instances that publish. */
  readonly #publishing: readonly Instance[];
  /** The entries that were removed by hand, by their nonces. */
  readonly #removed = new Map<string, RemovedEntry>();
  /** The places of entries that were removed before they were read, with the times of removal. */
  readonly #removedUnread = new Map<bigint, number>();
  readonly #busy: Promise<void>[] = [];
  #losses = 0;
  #begun = 0;

  private constructor(plan: Plan, engine: ChaosEngine, links: readonly CuttableLink[], programs: Programs) {
    const random = new Random(~plan.seed);
    this.#plan = plan;
    this.#engine = engine;
    this.#links = links;
    const { name, durable, volatile = false, commandTimeout, heartbeat, replicas, redisClient } = engine;
    this.instances = links.map(
      ({ port }, index) =>
        new Instance(`i${index}`, plan.earlier.includes(index) ? programs.earlier! : programs.present, {
          engine: name,
          enginePorts: [port, ...portsOf(engine, index).slice(1)],
          durable,
          volatile,
          redisClient,
          commandTimeout,
          heartbeat,
          replicas,
        }),
    );
    const silent = this.instances.filter((_, index) => index === plan.silent);
    const others = this.instances.filter((_, index) => index !== plan.silent);
    const publishing = plan.publishing.map((index) => this.instances[index]!);
    this.#publishing = publishing;
    this.clients = plan.clients.map(
      (client) => new Client(client, random.fork(), client.silent ? silent : others),
    );
    this.publishers = plan.publishers.map((name) => new Publisher(name, random.fork(), publishing));
    this.#last = new Publisher("last", random.fork(), publishing);
  }

  static async start(plan: Plan, engine: ChaosEngine, programs: Programs): Promise<World> {
    const links = await Promise.all(
      Array.from({ length: plan.instances }, (_, index) => CuttableLink.to(portsOf(engine, index)[0]!)),
    );
    const world = new World(plan, engine, links, programs);
    try {
      await Promise.all(world.instances.map((instance) => instance.start()));
    } catch (error) {
      await world.end();
      throw error;
    }
    return world;
  }

  /** Publishes and follows while the plan's faults happen. Resolves when the last fault is over. */
  async suffer(): Promise<void> {
    for (const client of this.clients) this.#busy.push(client.follow());
    await this.#engine.settle?.();
    if (this.#plan.silent !== undefined || this.#plan.backlog > 0) await this.#clientsStart();
    await this.#last.fill(this.#publishing[0]!, this.#plan.backlog);
    this.#begun = performance.now();
    const talking = this.publishers.map((publisher) => publisher.publish());
    this.#busy.push(...talking);
    await Promise.all([
      ...this.#byTarget().map((faults) => this.#happen(faults)),
      delay(this.#plan.duration),
    ]);
    for (const publisher of this.publishers) publisher.end();
    await Promise.all(talking);
  }

  /**
   * Waits until every instance that publishes accepts an event and every client has the last one.
   */
  async recover(): Promise<Evidence | undefined> {
    for (const client of this.clients) client.calm();
    const deadline = performance.now() + maxRecovery;
    let last: Publish | undefined;
    let late: readonly Client[];
    do {
      last = await this.#publishThroughAll(deadline);
      if (last === undefined) return undefined;
      late = await this.#lateFor(idOf(last), Math.min(deadline, performance.now() + markerTime));
      // An instance that notices a loss after the event starts an epoch in which its id is another.
    } while (late.length > 0 && performance.now() < deadline);
    const { nonce: marker } = last;
    const id = idOf(last);
    for (const { name } of late) this.complaints.push(`${name} did not get the last event ${marker}`);
    const { epoch } = this.#engine.positionOf(id);
    const publishes = [...this.publishers, this.#last].flatMap((publisher) => publisher.publishes);
    for (const { nonce, outcome } of publishes) {
      if (outcome.kind !== "stored" || this.#removed.has(nonce)) continue;
      const { offset } = this.#engine.positionOf(outcome.id);
      const since = this.#removedUnread.get(offset);
      if (since !== undefined) this.#removed.set(nonce, { offset, nonce, since });
    }
    return {
      marker,
      publishes,
      clients: this.clients,
      held: await this.#engine.held(epoch),
      histories: await this.#engine.histories?.(),
      removed: this.#removed,
      coarseRemovals: this.#engine.coarseRemovals,
      maxEpochs: 1 + ((await this.#engine.losses?.()) ?? this.#losses),
      positionOf: (id) => this.#engine.positionOf(id),
    };
  }

  /** Publishes through each instance in turn; returns the last event, `undefined` if one fails. */
  async #publishThroughAll(deadline: number): Promise<Publish | undefined> {
    let last: Publish | undefined;
    for (const instance of this.#publishing) {
      last = await this.#publishThrough(instance, deadline);
      if (last !== undefined) continue;
      this.complaints.push(`${instance.name} accepts no event ${maxRecovery} ms after the last fault`);
      return undefined;
    }
    return last;
  }

  /** Waits until every client has received an id. Returns those that have not in time. */
  async #lateFor(id: string, deadline: number): Promise<readonly Client[]> {
    const late = () => this.clients.filter((client) => !client.has(id));
    while (late().length > 0 && performance.now() < deadline) await delay(50);
    return late();
  }

  /** Ends everything but the engine. */
  async end(): Promise<void> {
    for (const ending of [...this.publishers, ...this.clients]) ending.end();
    await Promise.all(this.#busy);
    await Promise.all(this.instances.map((instance) => instance.kill()));
    await Promise.all(this.#links.map((link) => link.close()));
  }

  /** Waits until every client has received an id: a loss before that would show nothing. */
  async #clientsStart(): Promise<void> {
    const deadline = performance.now() + maxRecovery;
    const late = () => this.clients.filter((client) => !client.hasStarted);
    while (late().length > 0 && performance.now() < deadline) await delay(20);
    for (const { name } of late()) this.complaints.push(`${name} was not served before the faults`);
  }

  async #publishThrough(instance: Instance, deadline: number): Promise<Publish | undefined> {
    while (performance.now() < deadline) {
      const publish = await this.#last.send(instance, {});
      if (publish.outcome.kind === "stored") return publish;
      await delay(100);
    }
    return undefined;
  }

  /**
   * Runs the faults of one target one after the other, and those of different targets at the same
   * time.
   */
  #byTarget(): Fault[][] {
    const targets = new Map<string, Fault[]>();
    for (const fault of this.#plan.faults) {
      const target = targetOf(fault);
      targets.set(target, [...(targets.get(target) ?? []), fault]);
    }
    return [...targets.values()];
  }

  async #happen(faults: readonly Fault[]): Promise<void> {
    for (const fault of faults) {
      await delay(Math.max(0, fault.at - this.#elapsed()));
      const { at: _, ...what } = fault;
      this.done.push(`${this.#elapsed()} ms: ${Object.values(what).join(" ")}`);
      await this.#break(fault);
    }
  }

  #elapsed(): number {
    return Math.round(performance.now() - this.#begun);
  }

  async #break(fault: Fault): Promise<void> {
    switch (fault.kind) {
      case "kill-instance": {
        const instance = this.instances[fault.instance]!;
        await instance.kill();
        await delay(fault.downFor);
        return instance.start();
      }
      case "cut-link":
        return this.#links[fault.instance]!.cutAfter(fault.afterBytes);
      case "sever-link": {
        const link = this.#links[fault.instance]!;
        link.sever();
        await delay(fault.downFor);
        return link.mend();
      }
      case "stop-engine":
        this.#engine.pause!();
        await delay(fault.downFor);
        return this.#engine.resume!();
      case "crash-engine":
        if (this.#engine.loses) this.#losses++;
        await this.#engine.crash!(fault.downFor);
        for (const link of this.#links) link.pointAt(this.#engine.port);
        return;
      case "prepare-loss":
        return this.#engine.prepareLoss!();
      case "burst":
        for (const client of this.clients) client.leave();
        return;
      case "lose-data":
        this.#losses++;
        return this.#engine.loseData!(fault.loss);
      case "remove-entries": {
        const begun = performance.now();
        for (const { offset, nonce } of await this.#engine.removeEntries!(fault.by, fault.count))
          if (nonce === undefined) this.#removedUnread.set(offset, begun);
          else this.#removed.set(nonce, { offset, nonce, since: begun });
        return;
      }
      case "switch-engine": {
        this.#losses++;
        const restarted = fault.restarts.map((index) => this.instances[index]!);
        await Promise.all(restarted.map((instance) => instance.kill()));
        await this.#engine.switchTo!(fault.to);
        for (const link of this.#links) {
          link.pointAt(this.#engine.port);
          link.cut();
        }
        await Promise.all(restarted.map((instance) => instance.start()));
        return;
      }
      case "hurt-server":
        if (this.#engine.loses && fault.fault !== "delete consumers") this.#losses++;
        return this.#engine.hurt!(fault);
      case "replace-engine":
        this.#losses++;
        await this.#engine.replace!();
        for (const link of this.#links) link.pointAt(this.#engine.port);
        // The connections of the silent instance stay, and lead to the old server.
        for (const [index, link] of this.#links.entries()) if (index !== this.#plan.silent) link.cut();
    }
  }
}

function idOf({ outcome }: Publish): string {
  return outcome.kind === "stored" ? outcome.id : "";
}

/** Returns the ports of the servers that an instance uses. */
function portsOf(engine: ChaosEngine, instance: number): readonly number[] {
  return engine.portsOf?.(instance) ?? [engine.port];
}

function targetOf(fault: Fault): string {
  if ("instance" in fault) return `${fault.kind === "kill-instance" ? "instance" : "link"} ${fault.instance}`;
  return fault.kind === "burst" ? "clients" : "engine";
}
