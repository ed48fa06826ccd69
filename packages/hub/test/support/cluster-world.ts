import fc from "fast-check";
import type { HubHooks } from "../../src/hooks.js";
import { createHub, type Hub } from "../../src/hub.js";
import { createMemoryLog } from "../../src/log/memory-log.js";
import type { HubConnection } from "../../src/subscription.js";
import { ManualClock, settle } from "./clock.js";
import { Violation } from "./ledger.js";
import { BusNetwork, type MemoryBus } from "./memory-bus.js";
import { openStream } from "./sink.js";

const users = ["ann", "bob", "carl", undefined];
const topics = ["a", "b"];
const cluster = { interval: 1_000, timeout: 6_000 };

/** The most instances at a time. */
const maxInstances = 4;

type ClusterStep =
  | { do: "connect"; instance: number; user: number; topics: number }
  | { do: "end"; connection: number }
  | { do: "subscribe" | "unsubscribe"; connection: number; topic: number }
  | { do: "disconnect"; instance: number; user: number }
  | { do: "start" }
  | { do: "die" | "close" | "cut" | "mend"; instance: number }
  | { do: "lose"; messages: number }
  | { do: "pass"; milliseconds: number };

/** The steps that happen to the instances of a hub. */
export interface ClusterSchedule {
  readonly grace: number;
  /** Milliseconds that a message is on its way. */
  readonly delay: number;
  readonly steps: readonly ClusterStep[];
}

const choice = fc.nat(100);

export const clusterSchedules: fc.Arbitrary<ClusterSchedule> = fc.record({
  grace: fc.constantFrom(0, 0, 700, 5_000),
  delay: fc.constantFrom(0, 0, 10, 400, 1_500),
  steps: fc.array(
    fc.oneof<fc.Arbitrary<ClusterStep>[]>(
      fc.record({ do: fc.constant("connect" as const), instance: choice, user: choice, topics: fc.nat(3) }),
      fc.record({ do: fc.constant("connect" as const), instance: choice, user: choice, topics: fc.nat(3) }),
      fc.record({ do: fc.constant("end" as const), connection: choice }),
      fc.record({
        do: fc.constantFrom("subscribe" as const, "unsubscribe" as const),
        connection: choice,
        topic: choice,
      }),
      fc.record({ do: fc.constant("disconnect" as const), instance: choice, user: choice }),
      fc.record({ do: fc.constant("start" as const) }),
      fc.record({
        do: fc.constantFrom("die" as const, "close" as const, "cut" as const, "mend" as const),
        instance: choice,
      }),
      fc.record({ do: fc.constant("lose" as const), messages: fc.nat(4) }),
      fc.record({
        do: fc.constant("pass" as const),
        milliseconds: fc.constantFrom(1, 300, 1_000, 1_000, 2_500, 7_000, 20_000),
      }),
    ),
    { maxLength: 40, size: "max" },
  ),
});

type Place = string;

/** An instance, and an observer that sees only its hooks. */
class Member {
  readonly hub: Hub;
  readonly bus: MemoryBus;
  readonly present = new Set<Place>();
  fault: string | undefined;

  constructor(hub: Hub, bus: MemoryBus) {
    this.hub = hub;
    this.bus = bus;
    hub.on("error", () => {});
    hub.on("join", (joined) => this.#joined(joined));
    hub.on("leave", (left) => this.#left(left));
  }

  /** Returns where this instance says that users are, in all or by its own connections. */
  places(scope: "hub" | "instance"): string {
    return [undefined, ...topics]
      .flatMap((topic) => this.hub.users(topic, { scope }).map((user) => placeOf(user, topic)))
      .sort()
      .join();
  }

  connectionCounts(): string {
    return [undefined, ...topics].map((topic) => this.hub.connectionCount(topic)).join();
  }

  #joined({ user, topic }: HubHooks["join"]): void {
    const place = placeOf(user, topic);
    if (this.present.has(place)) this.fault = `${place} joined twice`;
    this.present.add(place);
  }

  #left({ user, topic }: HubHooks["leave"]): void {
    const place = placeOf(user, topic);
    if (!this.present.delete(place)) this.fault = `${place} left without having joined`;
  }
}

interface Session {
  readonly member: Member;
  readonly connection: HubConnection;
}

/**
 * Instances that come, go and die, over a bus that breaks and loses messages. What the hooks of
 * each tell is what it answers, at every moment; and once nothing happens any more, all answer the
 * union of what the living ones have.
 */
export class ClusterWorld {
  readonly #schedule: ClusterSchedule;
  readonly #clock = new ManualClock();
  readonly #network = new BusNetwork(this.#clock);
  readonly #log = createMemoryLog({ now: () => this.#clock.now() });
  readonly #members: Member[] = [];
  #sessions: Session[] = [];
  #losses = 0;

  constructor(schedule: ClusterSchedule) {
    this.#schedule = schedule;
    this.#network.delay = schedule.delay;
    this.#network.loses = () => {
      this.#losses -= 1;
      return this.#losses >= 0;
    };
    this.#start();
    this.#start();
  }

  async run(): Promise<void> {
    for (const step of this.#schedule.steps) {
      await this.#step(step);
      this.#look();
    }
    await this.#quiesce();
    this.#agree();
    while (this.#members.length > 0) this.#end(0, () => {});
    await this.#clock.pass(10_000);
    if (this.#clock.timers > 0) throw new Violation("a timer runs after the end");
  }

  #start(): void {
    if (this.#members.length >= maxInstances) return;
    const bus = this.#network.connect();
    const hub = createHub({
      log: this.#log,
      bus,
      clock: this.#clock,
      cluster,
      presenceGrace: this.#schedule.grace,
      heartbeat: { interval: 0 },
    });
    this.#members.push(new Member(hub, bus));
  }

  async #step(step: ClusterStep): Promise<void> {
    switch (step.do) {
      case "connect":
        return this.#connect(step.instance, step.user, step.topics);
      case "end":
        return pick(this.#sessions, step.connection)?.connection.close();
      case "subscribe":
        return pick(this.#sessions, step.connection)?.connection.subscribe(pick(topics, step.topic)!);
      case "unsubscribe":
        return pick(this.#sessions, step.connection)?.connection.unsubscribe(pick(topics, step.topic)!);
      case "disconnect": {
        const user = pick(users, step.user);
        if (user !== undefined) pick(this.#members, step.instance)?.hub.disconnect({ user });
        return;
      }
      case "start":
        return this.#start();
      case "die":
        return this.#end(step.instance, (member) => member.bus.cut());
      case "close":
        return this.#end(step.instance, () => {});
      case "cut":
        return pick(this.#members, step.instance)?.bus.cut();
      case "mend":
        return pick(this.#members, step.instance)?.bus.mend();
      case "lose":
        this.#losses = step.messages;
        return;
      case "pass":
        return this.#pass(step.milliseconds);
    }
  }

  #connect(instance: number, userNumber: number, topicMask: number): void {
    const member = pick(this.#members, instance);
    if (member === undefined) return;
    const { stream } = openStream(this.#clock);
    const user = pick(users, userNumber);
    const own = topics.filter((_, i) => (topicMask & (1 << i)) !== 0);
    const connection = member.hub.connect(stream, { topics: own, ...(user !== undefined && { user }) });
    this.#sessions.push({ member, connection });
  }

  /** An instance ends. For the others it has died if it cannot say goodbye. */
  #end(instance: number, before: (member: Member) => void): void {
    const member = pick(this.#members, instance);
    if (member === undefined) return;
    before(member);
    this.#members.splice(this.#members.indexOf(member), 1);
    this.#sessions = this.#sessions.filter((session) => session.member !== member);
    void member.hub.close();
  }

  async #pass(milliseconds: number): Promise<void> {
    for (let left = milliseconds; left > 0; left -= 100) {
      await this.#clock.pass(Math.min(left, 100));
      this.#look();
    }
  }

  /** The links are whole and nothing happens, for as long as the last news may take. */
  async #quiesce(): Promise<void> {
    this.#losses = 0;
    for (const { bus } of this.#members) bus.mend();
    const { grace, delay } = this.#schedule;
    await this.#pass(cluster.timeout + 8 * cluster.interval + 4 * delay + grace);
    await settle();
  }

  #look(): void {
    for (const member of this.#members) {
      if (member.fault !== undefined) throw new Violation(member.fault);
      const told = [...member.present].sort().join();
      const asked = member.places("hub");
      if (told !== asked) throw new Violation(`the hooks say ${told}, the hub ${asked}`);
    }
  }

  #agree(): void {
    const open = this.#sessions.map(({ connection }) => connection).filter(({ state }) => state !== "closed");
    const here = new Set(
      open.flatMap(({ user, topics: own }) =>
        user === undefined ? [] : [undefined, ...own].map((topic) => placeOf(user, topic)),
      ),
    );
    const truth = [...here].sort().join();
    const counts = [
      open.length,
      ...topics.map((topic) => open.filter((one) => one.topics.has(topic)).length),
    ];
    for (const member of this.#members) {
      const { instances } = member.hub.stats();
      if (instances !== this.#members.length)
        throw new Violation(`${this.#members.length} instances live, one knows ${instances}`);
      if (member.places("hub") !== truth)
        throw new Violation(`here are ${truth}, an instance says ${member.places("hub")}`);
      if (member.connectionCounts() !== counts.join())
        throw new Violation(
          `there are ${counts.join()} connections, an instance says ${member.connectionCounts()}`,
        );
      const followed = topics.filter((topic) => open.some((one) => one.topics.has(topic)));
      if (member.hub.topics().sort().join() !== followed.join())
        throw new Violation(
          `${followed.join()} are followed, an instance says ${member.hub.topics().join()}`,
        );
      this.#verifyOwn(member);
    }
  }

  #verifyOwn(member: Member): void {
    const own = this.#sessions.filter(
      (session) => session.member === member && session.connection.state !== "closed",
    );
    const here = new Set(
      own.flatMap(({ connection: { user, topics: followed } }) =>
        user === undefined ? [] : [undefined, ...followed].map((topic) => placeOf(user, topic)),
      ),
    );
    const truth = [...here].sort().join();
    if (member.places("instance") !== truth)
      throw new Violation(`an instance has ${truth}, and says ${member.places("instance")}`);
  }
}

function placeOf(user: string, topic: string | undefined): Place {
  return topic === undefined ? user : `${user}@${topic}`;
}

function pick<T>(list: readonly T[], number: number): T | undefined {
  return list[number % list.length];
}
