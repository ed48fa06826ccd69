import type { NatsLoss, RedisLoss, Removal, ServerFault } from "./chaos-engine.js";
import { crowdFaults } from "./faults/crowd-faults.js";
import { cutLink, killInstance } from "./faults/instance-faults.js";
import { silentFaults } from "./faults/silent-faults.js";
import { switchFaults } from "./faults/switch-faults.js";
import { clusterFaults } from "./nats/cluster-faults.js";
import { Random, times } from "./random.js";
import { redisServerFaults } from "./redis/server-faults.js";

/** A fault, at a time after the start. Times are milliseconds. */
export type Fault = { readonly at: number } & (
  | { readonly kind: "kill-instance"; readonly instance: number; readonly downFor: number }
  /** The instance's link to the engine is reset after some more bytes. */
  | { readonly kind: "cut-link"; readonly instance: number; readonly afterBytes: number }
  | { readonly kind: "sever-link"; readonly instance: number; readonly downFor: number }
  /** The engine is stopped, with its connections open. */
  | { readonly kind: "stop-engine"; readonly downFor: number }
  | { readonly kind: "crash-engine"; readonly downFor: number }
  /**
   * The engine's next crash loses everything after this time: a snapshot is made, or a replica
   * begins to lag.
   */
  | { readonly kind: "prepare-loss" }
  /** All clients disconnect and reconnect at once. */
  | { readonly kind: "burst" }
  /** The engine loses data while it runs; all connections stay open. */
  | { readonly kind: "lose-data"; readonly loss: RedisLoss | NatsLoss }
  /** Some entries are removed by hand. */
  | { readonly kind: "remove-entries"; readonly by: Removal; readonly count: number }
  /**
   * An empty server takes over the address. The old one still runs, and the connections of the
   * silent instance lead to it.
   */
  | { readonly kind: "replace-engine" }
  | ({ readonly kind: "hurt-server" } & ServerFault)
  /** The address leads to another server, or back, and some instances are restarted meanwhile. */
  | {
      readonly kind: "switch-engine";
      readonly to: "other" | "first";
      readonly restarts: readonly number[];
    }
);

/** The subscription of one client, and whether it disconnects by itself. */
export interface ClientPlan {
  readonly name: string;
  readonly topics: readonly string[];
  readonly user: string | undefined;
  readonly restless: boolean;
  /** Whether it stays at the silent instance. Others are never there. */
  readonly silent: boolean;
  /** Whether it always returns with the first id that it received. */
  readonly returnsToStart: boolean;
}

/** A run, as its seed decides it. */
export interface Plan {
  readonly seed: number;
  /** The mode of the engine. */
  readonly mode: string;
  /** The duration of the faults. */
  readonly duration: number;
  readonly faults: readonly Fault[];
  readonly clients: readonly ClientPlan[];
  readonly publishers: readonly string[];
  /** The number of instances. */
  readonly instances: number;
  /** The instance that never publishes and is left alone, if the mode has one. */
  readonly silent: number | undefined;
  /** The number of events for everyone that are published before the faults. */
  readonly backlog: number;
  /** The instances that run the earlier packages. */
  readonly earlier: readonly number[];
  /** The instances that publish. */
  readonly publishing: readonly number[];
}

/** The size of a run. */
export interface Size {
  readonly duration: number;
  /** The maximum time for which the engine is stopped. */
  readonly maxStop: number;
  readonly clients: number;
}

export const shortSize: Size = { duration: 5_000, maxStop: 1_500, clients: 12 };
export const longSize: Size = { duration: 20_000, maxStop: 10_000, clients: 20 };

/** The number of instances, but for the mode `ten`. */
const usualInstances = 3;

/** The number of clients in the mode `backlog`, in which all return to the start at once. */
const backlogClients = 60;

/** The number of events that they find. */
const backlogEvents = 500;

export const topics: readonly string[] = ["a", "b", "c", "d", "e", "f"];
export const users: readonly string[] = ["ann", "bob", "cat", "dan"];

/** Makes the plan of a run. Consecutive seeds use the modes in turn. */
export function planRun(seed: number, modes: readonly string[], size: Size): Plan {
  const random = new Random(seed);
  const mode = modes[seed % modes.length]!;
  const instances = mode === "ten" ? 10 : usualInstances;
  const ofSilent = silentFaults(mode, random, size, instances);
  const ofCluster = clusterFaults(mode, random) ?? redisServerFaults(mode, random, instances);
  const ofSwitch = switchFaults(mode, random, instances);
  const ofCrowd = crowdFaults(mode, random, size, instances);
  const faults = ofSilent ?? ofCluster?.faults ?? ofSwitch ?? ofCrowd ?? faultsFor(random, size);
  const isBacklog = mode === "backlog";
  const clients = times(isBacklog ? backlogClients : size.clients, (index) => ({
    ...clientFor(random, index),
    ...(isBacklog && { restless: false, returnsToStart: true }),
  }));
  const all = times(instances, (index) => index);
  return {
    seed,
    mode,
    duration: ofCluster?.duration ?? size.duration,
    faults: faults.sort((a, b) => a.at - b.at),
    clients: ofSilent === undefined ? clients : clients.map(atSilentInstance),
    instances,
    backlog: isBacklog ? backlogEvents : 0,
    silent: ofSilent === undefined ? undefined : 0,
    publishing: publishingIn(mode, random, ofSilent === undefined ? all : all.slice(1)),
    earlier: mode === "versions" ? all.filter(isEarlier) : [],
    publishers: times(5, (index) => `p${index}`),
  };
}

/** With two versions, sometimes the instances of one of them publish alone. */
function publishingIn(mode: string, random: Random, all: readonly number[]): readonly number[] {
  if (mode === "ten") return [0];
  if (mode !== "versions") return all;
  return random.pick([all, all.filter(isEarlier), all.filter((index) => !isEarlier(index))]);
}

function isEarlier(index: number): boolean {
  return index % 2 === 1;
}

function faultsFor(random: Random, { duration, maxStop }: Size): Fault[] {
  const sometime = (from = 0.1, to = 0.9) => random.between(duration * from, duration * to);
  const crash = sometime(0.3, 0.6);
  const faults: Fault[] = [
    { at: random.between(duration * 0.1, crash - 200), kind: "prepare-loss" },
    { at: crash, kind: "crash-engine", downFor: random.between(50, 1_200) },
    { at: sometime(), kind: "burst" },
  ];
  if (random.chance(0.3))
    faults.push({ at: sometime(0.75), kind: "crash-engine", downFor: random.between(50, 800) });
  if (random.chance(0.6))
    faults.push({
      at: sometime(),
      kind: "stop-engine",
      downFor: random.between(maxStop / 4, maxStop),
    });
  for (let instance = 0; instance < usualInstances; instance++) {
    for (let cuts = random.between(0, 3); cuts > 0; cuts--)
      faults.push(cutLink(random, sometime(), instance));
    if (random.chance(0.6)) faults.push(killInstance(random, sometime(), instance));
    if (random.chance(0.3))
      faults.push({ at: sometime(), kind: "sever-link", instance, downFor: random.between(100, 1_500) });
  }
  return faults;
}

function clientFor(random: Random, index: number): ClientPlan {
  return {
    name: `c${index}`,
    topics: random.some(topics, random.between(0, 3)),
    user: random.chance(0.5) ? random.pick(users) : undefined,
    restless: random.chance(0.7),
    silent: false,
    returnsToStart: false,
  };
}

/**
 * Keeps every second client at the silent instance, on one connection: a new one could read, and
 * the instance has to notice by itself.
 */
function atSilentInstance(client: ClientPlan, index: number): ClientPlan {
  return index % 2 === 0 ? { ...client, silent: true, restless: false } : client;
}
