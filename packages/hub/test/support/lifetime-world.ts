import fc from "fast-check";
import { createHub, type Hub } from "../../src/hub.js";
import type { HubConnection } from "../../src/subscription.js";
import { ManualClock, settle } from "./clock.js";
import { Violation } from "./ledger.js";
import { type FakeSink, openStream } from "./sink.js";

const users = ["ann", "bob", undefined];

type LifetimeStep =
  | { do: "connect"; user: number; chance: number; expiresIn: number }
  | { do: "leave" | "close"; session: number }
  | { do: "pass"; milliseconds: number };

export interface LifetimeSchedule {
  readonly connections: number;
  readonly connectionsPerUser: number;
  readonly refusal: "soft" | "status";
  readonly maxConnectionAge: number;
  readonly steps: readonly LifetimeStep[];
}

export const lifetimeSchedules: fc.Arbitrary<LifetimeSchedule> = fc.record({
  connections: fc.constantFrom(0, 1, 3, 6),
  connectionsPerUser: fc.constantFrom(0, 1, 2),
  refusal: fc.constantFrom("soft", "soft", "status"),
  maxConnectionAge: fc.constantFrom(0, 0, 1_000, 10_000),
  steps: fc.array(
    fc.oneof(
      {
        weight: 4,
        arbitrary: fc.record({
          do: fc.constant("connect" as const),
          user: fc.nat(2),
          chance: fc.double({ min: 0, max: 0.999, noNaN: true }),
          expiresIn: fc.constantFrom(Infinity, Infinity, -500, 0, 1, 999, 2_500, 20_000),
        }),
      },
      {
        weight: 2,
        arbitrary: fc.record({
          do: fc.constantFrom("leave" as const, "close" as const),
          session: fc.nat(100),
        }),
      },
      {
        weight: 2,
        arbitrary: fc.record({
          do: fc.constant("pass" as const),
          milliseconds: fc.constantFrom(1, 400, 1_000, 9_000),
        }),
      },
    ),
    { maxLength: 40, size: "max" },
  ),
});

interface Session {
  readonly connection: HubConnection;
  readonly sink: FakeSink;
  readonly user: string | undefined;
  readonly openedAt: number;
  readonly expiresAt: number;
  /** Set once the schedule, not the hub, has ended it. */
  ours: boolean;
}

/**
 * Time passes in steps of this size, in milliseconds; it is one that no deadline of the hub is a
 * multiple of.
 */
const look = 97;

/** Clients that come and go under limits and deadlines, compared with plain counting. */
export class LifetimeWorld {
  readonly #schedule: LifetimeSchedule;
  readonly #clock = new ManualClock();
  readonly #hub: Hub;
  #open: Session[] = [];
  #refused = 0;
  readonly #told = { refused: 0, joined: 0, left: 0 };

  constructor(schedule: LifetimeSchedule) {
    const { connections, connectionsPerUser, refusal, maxConnectionAge } = schedule;
    this.#schedule = schedule;
    this.#hub = createHub({
      clock: this.#clock,
      heartbeat: { interval: 0 },
      limits: { connections, connectionsPerUser, refusal },
      maxConnectionAge,
    });
    this.#hub.on("refused", () => {
      this.#told.refused += 1;
    });
    this.#hub.on("join", () => {
      this.#told.joined += 1;
    });
    this.#hub.on("leave", () => {
      this.#told.left += 1;
    });
    this.#hub.on("disconnect", ({ connection, reason }) => this.#ended(connection, reason));
  }

  async run(): Promise<void> {
    for (const step of this.#schedule.steps) {
      await this.#step(step);
      this.#balance();
    }
    for (const { sink } of this.#open) sink.leave();
    await settle();
    if (this.#clock.timers > 0) throw new Violation("a timer runs although no client is connected");
  }

  async #step(step: LifetimeStep): Promise<void> {
    if (step.do === "connect") return this.#connect(step);
    if (step.do === "pass") return this.#pass(step.milliseconds);
    const session = this.#open[step.session % this.#open.length];
    if (session === undefined) return;
    session.ours = true;
    if (step.do === "leave") session.sink.leave();
    else session.connection.close();
    await settle();
  }

  #connect({ user: number, chance, expiresIn }: Extract<LifetimeStep, { do: "connect" }>): void {
    const user = users[number];
    const now = this.#clock.now();
    this.#clock.chance = chance;
    const expected = this.#expectedRefusal(user);
    const joinedBefore = this.#told.joined;
    const { stream, sink } = openStream(this.#clock);
    const expiresAt = now + expiresIn;
    const connect = () =>
      this.#hub.connect(stream, {
        ...(user !== undefined && { user }),
        ...(expiresIn !== Infinity && { expires: new Date(expiresAt) }),
      });
    if (expiresIn <= 0) {
      const { status } = thrownBy(connect);
      stream.destroy();
      if (status !== 401) throw new Violation(`an expired subscription is refused with ${status}`);
      if (sink.writes.length > 0) throw new Violation("an expired subscription was written to");
      return;
    }
    if (expected !== undefined) {
      this.#refused += 1;
      this.#verifyRefusal(connect, { stream, sink }, expected);
      if (this.#told.joined !== joinedBefore) throw new Violation("a refused client joined");
      return;
    }
    const connection = connect();
    if (connection.state === "closed") throw new Violation("refused, although there is room");
    this.#open.push({ connection, sink, user, openedAt: now, expiresAt, ours: false });
  }

  #expectedRefusal(user: string | undefined): string | undefined {
    const { connections, connectionsPerUser } = this.#schedule;
    if (connections > 0 && this.#open.length >= connections) return "connections";
    const own = this.#open.filter((session) => session.user === user).length;
    if (user !== undefined && connectionsPerUser > 0 && own >= connectionsPerUser)
      return "connections-per-user";
    return undefined;
  }

  #verifyRefusal(
    connect: () => HubConnection,
    { stream, sink }: ReturnType<typeof openStream>,
    reason: string,
  ): void {
    if (this.#schedule.refusal === "status") {
      const { status, headers } = thrownBy(connect);
      // Nothing else ends a stream that has not been taken.
      stream.destroy();
      const seconds = Number(headers?.["Retry-After"]);
      if (status !== 503 || !(seconds >= 5 && seconds <= 15)) throw new Violation(`${status}, ${seconds} s`);
      if (sink.writes.length > 0) throw new Violation("something was written before an error status");
      return;
    }
    if (connect().state !== "closed") throw new Violation("let in above a limit");
    const [told, ...more] = sink.blocks;
    if (more.length > 0 || told?.type !== "sse:refused" || told.id !== undefined)
      throw new Violation(`a refused client was told ${sink.text}`);
    if (told.data !== JSON.stringify({ reason })) throw new Violation(`refused because of ${told.data}`);
    if (!(told.retry !== undefined && told.retry >= 5_000 && told.retry <= 15_000))
      throw new Violation(`refused with a retry of ${told.retry}`);
    if (sink.ending !== "closed") throw new Violation("a refused stream stays open");
  }

  async #pass(milliseconds: number): Promise<void> {
    for (let left = milliseconds; left > 0; left -= look) {
      await this.#clock.pass(Math.min(look, left));
      await settle();
      this.#balance();
    }
  }

  /** A connection ends by itself at its deadline, not before, and not more than a second later. */
  #ended(connection: HubConnection, reason: string): void {
    const session = this.#open.find((open) => open.connection.id === connection.id);
    if (session === undefined) throw new Violation("one ended that was never open");
    const now = this.#clock.now();
    this.#open = this.#open.filter((open) => open !== session);
    if (session.ours) return;
    const { maxConnectionAge } = this.#schedule;
    if (reason === "expired" && now >= session.expiresAt) return;
    const oldEnough = maxConnectionAge > 0 && now >= session.openedAt + 0.8 * maxConnectionAge;
    if (reason === "aged" && oldEnough) return;
    this.#fault = `ended because of ${reason} before its time`;
  }

  #fault: string | undefined;

  #balance(): void {
    if (this.#fault !== undefined) throw new Violation(this.#fault);
    const now = this.#clock.now();
    const { maxConnectionAge } = this.#schedule;
    for (const { expiresAt, openedAt } of this.#open) {
      const latest = Math.min(expiresAt, maxConnectionAge > 0 ? openedAt + maxConnectionAge : Infinity);
      if (now >= Math.max(latest, openedAt) + 1_000 + look) throw new Violation("one has outlived its time");
    }
    const { connections, refused, users: online } = this.#hub.stats();
    if (connections !== this.#open.length || this.#hub.connectionCount() !== connections)
      throw new Violation(`${this.#open.length} are open, the hub says ${connections}`);
    if (refused !== this.#refused || this.#told.refused !== refused)
      throw new Violation(`${this.#refused} were refused, the hub says ${refused}`);
    const truly = new Set(this.#open.flatMap(({ user }) => user ?? [])).size;
    if (online !== truly || this.#told.joined - this.#told.left !== truly)
      throw new Violation(`${truly} users are here, the hub says ${online}`);
  }
}

function thrownBy(run: () => unknown): { status?: number; headers?: Record<string, string> } {
  try {
    run();
  } catch (error) {
    return error as { status?: number; headers?: Record<string, string> };
  }
  throw new Violation("nothing was thrown");
}
