import fc from "fast-check";
import type { HubHooks } from "../../src/hooks.js";
import { createHub, type Hub } from "../../src/hub.js";
import type { HubConnection } from "../../src/subscription.js";
import { ManualClock, settle } from "./clock.js";
import { Violation } from "./ledger.js";
import { type FakeSink, openStream } from "./sink.js";

const users = ["ann", "bob", undefined];
const topics = ["a", "b"];

type Meddling = "throw" | "close" | "disconnect" | "subscribe" | "unsubscribe" | "connect" | "publish";

/** The reaction of a listener to a report, for the first few times. */
interface Meddler {
  readonly hook: "connect" | "disconnect" | "join" | "leave";
  readonly does: Meddling;
  readonly times: number;
  readonly choice: number;
}

type PresenceStep =
  | { do: "connect"; user: number; topics: number }
  | { do: "leave" | "close" | "disconnect"; connection: number }
  | { do: "subscribe" | "unsubscribe"; connection: number; topic: number }
  | { do: "pass"; slices: number }
  | { do: "settle" };

export interface PresenceSchedule {
  readonly grace: number;
  readonly meddlers: readonly Meddler[];
  readonly steps: readonly PresenceStep[];
}

/** Time passes in slices, so that everything that is due falls on the end of one. */
const slice = 10;

const choice = fc.nat(100);

export const presenceSchedules: fc.Arbitrary<PresenceSchedule> = fc.record({
  grace: fc.constantFrom(0, 0, 30, 100),
  meddlers: fc.array(
    fc.record({
      hook: fc.constantFrom("connect" as const, "disconnect" as const, "join" as const, "leave" as const),
      does: fc.constantFrom<Meddling>(
        "throw",
        "close",
        "disconnect",
        "subscribe",
        "unsubscribe",
        "connect",
        "publish",
      ),
      times: fc.integer({ min: 1, max: 3 }),
      choice,
    }),
    { maxLength: 3 },
  ),
  steps: fc.array(
    fc.oneof<fc.Arbitrary<PresenceStep>[]>(
      fc.record({ do: fc.constant("connect" as const), user: choice, topics: fc.nat(3) }),
      fc.record({ do: fc.constant("connect" as const), user: choice, topics: fc.nat(3) }),
      fc.record({
        do: fc.constantFrom("leave" as const, "close" as const, "disconnect" as const),
        connection: choice,
      }),
      fc.record({
        do: fc.constantFrom("subscribe" as const, "unsubscribe" as const),
        connection: choice,
        topic: choice,
      }),
      fc.record({ do: fc.constant("pass" as const), slices: fc.constantFrom(1, 2, 5, 12) }),
      fc.record({ do: fc.constant("settle" as const) }),
    ),
    { maxLength: 30, size: "max" },
  ),
});

interface Session {
  readonly connection: HubConnection;
  readonly sink: FakeSink;
}

/** A place where a user is: a user in the hub, or at a topic. */
type Place = string;

/** An observer that sees only the hooks. */
class Observer {
  readonly present = new Set<Place>();
  fault: string | undefined;

  joined = ({ user, topic }: HubHooks["join"]): void => {
    const place = placeOf(user, topic);
    if (this.present.has(place)) this.fault = `${place} joined twice`;
    this.present.add(place);
  };

  left = ({ user, topic }: HubHooks["leave"]): void => {
    const place = placeOf(user, topic);
    if (!this.present.delete(place)) this.fault = `${place} left without having joined`;
  };
}

/**
 * Users who come and go, while listeners interfere. What the hooks told is compared with who has an
 * open connection, or had one within the grace period, as seen from the connections alone.
 */
export class PresenceWorld {
  readonly #schedule: PresenceSchedule;
  readonly #clock = new ManualClock();
  readonly #hub: Hub;
  /** The first to be told, and the last: listeners in between do things. */
  readonly #observers = [new Observer(), new Observer()];
  readonly #sessions: Session[] = [];
  /** The places with users at the last look. */
  #here = new Set<Place>();
  /** The time at which a place was seen empty for the first time. */
  readonly #emptySince = new Map<Place, number>();
  /**
   * The times at which a user may have been at a place without being seen there: came and went
   * between two looks.
   */
  readonly #passedBy = new Map<Place, number>();

  constructor(schedule: PresenceSchedule) {
    this.#schedule = schedule;
    this.#hub = createHub({
      clock: this.#clock,
      presenceGrace: schedule.grace,
      heartbeat: { interval: 0 },
    });
    this.#hub.on("error", () => {});
    this.#observe(this.#observers[0]!);
    for (const meddler of schedule.meddlers) this.#meddle(meddler);
    this.#observe(this.#observers[1]!);
    this.#hub.on("disconnect", ({ connection }) => this.#passed(connection));
  }

  async run(): Promise<void> {
    for (const step of this.#schedule.steps) {
      await this.#step(step);
      this.#look();
    }
    // Listeners may bring a user back when a user leaves, a few times.
    for (let round = 0; round < 10; round += 1) {
      for (const { sink } of this.#sessions) sink.leave();
      await settle();
      this.#look();
      await this.#pass(1 + this.#schedule.grace / slice);
    }
    await this.#hub.close();
    for (const { present } of this.#observers)
      if (present.size > 0) throw new Violation(`${[...present].join()} never left`);
    if (this.#clock.timers > 0) throw new Violation("a timer runs after the end");
  }

  #observe(observer: Observer): void {
    this.#hub.on("join", observer.joined);
    this.#hub.on("leave", observer.left);
  }

  #meddle({ hook, does, times, choice: number }: Meddler): void {
    let left = times;
    this.#hub.on(hook, (payload) => {
      left -= 1;
      if (left < 0) return;
      this.#interfere(does, number, payload);
    });
  }

  #interfere(does: Meddling, number: number, payload: HubHooks["connect"] | HubHooks["join"]): void {
    const session = pick(this.#sessions, number);
    const connection = "connection" in payload ? payload.connection : session?.connection;
    const topic = pick(topics, number)!;
    if (does === "throw") throw new Error("a listener failed");
    if (does === "close") connection?.close();
    if (does === "disconnect") this.#hub.disconnect({ user: "user" in payload ? payload.user : "ann" });
    if (does === "subscribe") connection?.subscribe(topic);
    if (does === "unsubscribe" && connection !== undefined) this.#unsubscribe(connection, topic);
    if (does === "connect") this.#connect(number, number % 4);
    if (does === "publish") void this.#hub.broadcast({ data: "x" });
  }

  async #step(step: PresenceStep): Promise<void> {
    switch (step.do) {
      case "connect":
        return this.#connect(step.user, step.topics);
      case "leave":
        pick(this.#sessions, step.connection)?.sink.leave();
        return settle();
      case "close":
        return pick(this.#sessions, step.connection)?.connection.close();
      case "disconnect": {
        const user = pick(users, step.connection);
        if (user !== undefined) this.#hub.disconnect({ user });
        return;
      }
      case "subscribe":
        return pick(this.#sessions, step.connection)?.connection.subscribe(pick(topics, step.topic)!);
      case "unsubscribe": {
        const session = pick(this.#sessions, step.connection);
        if (session !== undefined) this.#unsubscribe(session.connection, pick(topics, step.topic)!);
        return;
      }
      case "pass":
        return this.#pass(step.slices);
      case "settle":
        return settle();
    }
  }

  #connect(userNumber: number, topicMask: number): void {
    const { stream, sink } = openStream(this.#clock);
    const user = pick(users, userNumber);
    const own = topics.filter((_, i) => (topicMask & (1 << i)) !== 0);
    const connection = this.#hub.connect(stream, { topics: own, ...(user !== undefined && { user }) });
    this.#sessions.push({ connection, sink });
    // A listener may have ended it already, or a part of what it follows.
    this.#passed(connection);
  }

  #unsubscribe(connection: HubConnection, topic: string): void {
    this.#passed(connection);
    connection.unsubscribe(topic);
  }

  #passed(connection: HubConnection): void {
    for (const place of [undefined, ...topics].map((topic) => placeOf(connection.user, topic)))
      this.#passedBy.set(place, this.#clock.now());
  }

  async #pass(slices: number): Promise<void> {
    for (let count = 0; count < slices; count += 1) {
      await this.#clock.pass(slice);
      await settle();
      this.#look();
    }
  }

  #look(): void {
    const now = this.#clock.now();
    const here = this.#truth();
    for (const place of here) this.#emptySince.delete(place);
    for (const place of this.#here) if (!here.has(place)) this.#emptySince.set(place, now);
    this.#here = here;
    for (const observer of this.#observers) {
      if (observer.fault !== undefined) throw new Violation(observer.fault);
      for (const place of placesOf()) this.#verify(place, observer.present.has(place), now);
    }
    this.#compareWithHub();
  }

  /** Returns the users with an open connection, from the connections themselves. */
  #truth(): Set<Place> {
    const here = new Set<Place>();
    for (const { connection } of this.#sessions) {
      if (connection.user === undefined || connection.state === "closed") continue;
      for (const topic of [undefined, ...connection.topics]) here.add(placeOf(connection.user, topic));
    }
    return here;
  }

  #verify(place: Place, told: boolean, now: number): void {
    const { grace } = this.#schedule;
    if (this.#here.has(place)) {
      if (!told) throw new Violation(`${place} is here, and the hooks do not say so`);
      return;
    }
    const inGrace = now < (this.#emptySince.get(place) ?? Number.NEGATIVE_INFINITY) + grace;
    if (inGrace && !told) throw new Violation(`${place} left before the grace period was over`);
    const mayBeInGrace = inGrace || now < (this.#passedBy.get(place) ?? Number.NEGATIVE_INFINITY) + grace;
    if (!mayBeInGrace && told) throw new Violation(`${place} is gone, and the hooks do not say so`);
  }

  #compareWithHub(): void {
    const told = [...this.#observers[0]!.present].sort().join();
    const asked = [undefined, ...topics]
      .flatMap((topic) => this.#hub.users(topic).map((user) => placeOf(user, topic)))
      .sort()
      .join();
    if (told !== asked) throw new Violation(`the hooks say ${told}, the hub ${asked}`);
    const online = users.filter((user) => user !== undefined && this.#hub.isOnline(user)).length;
    if (online !== this.#hub.stats().users) throw new Violation("users and isOnline differ");
  }
}

function placeOf(user: string | undefined, topic: string | undefined): Place {
  return topic === undefined ? String(user) : `${user}@${topic}`;
}

function placesOf(): Place[] {
  const known = users.filter((user) => user !== undefined);
  return known.flatMap((user) => [undefined, ...topics].map((topic) => placeOf(user, topic)));
}

function pick<T>(list: readonly T[], number: number): T | undefined {
  return list[number % list.length];
}
