import { createHub, type Hub } from "../../src/hub.js";
import type { EventLog } from "../../src/log/event-log.js";
import { createMemoryLog } from "../../src/log/memory-log.js";
import type { HubOptions } from "../../src/options.js";
import type { HubConnection, Subscription } from "../../src/subscription.js";
import { ManualClock, settle } from "./clock.js";
import { BusNetwork, type MemoryBus } from "./memory-bus.js";
import { type FakeSink, openStream } from "./sink.js";

/** One instance of a hub. */
export interface Instance {
  readonly hub: Hub;
  readonly bus: MemoryBus;
  /** Joins and leaves, as `+ann`, `-ann@a`; with `*` where they were local. */
  readonly told: string[];
  readonly errors: unknown[];
  join(subscription?: Subscription): { connection: HubConnection; sink: FakeSink };
}

export interface TestCluster {
  readonly clock: ManualClock;
  readonly log: EventLog;
  readonly network: BusNetwork;
  /** Starts one more instance. */
  start(options?: HubOptions): Instance;
  /** Lets time pass, also in between: ends the ticks. */
  pass(milliseconds: number): Promise<void>;
}

/** Instances of one hub in one process: one log, one bus, one time. */
export function testCluster(shared: HubOptions = {}): TestCluster {
  const clock = new ManualClock();
  const network = new BusNetwork(clock);
  const log = createMemoryLog({ now: () => clock.now(), timers: clock });
  return {
    clock,
    log,
    network,
    start(options = {}) {
      const bus = network.connect();
      const hub = createHub({ clock, log, bus, heartbeat: { interval: 0 }, ...shared, ...options });
      const told: string[] = [];
      const errors: unknown[] = [];
      const note =
        (sign: string) =>
        ({ user, topic, local }: { user: string; topic: string | undefined; local: boolean }) =>
          told.push(`${sign}${user}${topic === undefined ? "" : `@${topic}`}${local ? "*" : ""}`);
      hub.on("join", note("+"));
      hub.on("leave", note("-"));
      hub.on("error", ({ error }) => errors.push(error));
      return {
        hub,
        bus,
        told,
        errors,
        join(subscription) {
          const { stream, sink } = openStream(clock);
          return { sink, connection: hub.connect(stream, subscription) };
        },
      };
    },
    async pass(milliseconds) {
      await clock.pass(milliseconds);
      clock.endTick();
      await settle();
    },
  };
}
