import type { EngineKind } from "./chaos-engine.js";
import type { Evidence } from "./evidence.js";
import { judge } from "./oracle.js";
import type { Plan } from "./plan.js";
import { type Programs, World } from "./world.js";

/** The result of a run. */
export interface Report {
  readonly seed: number;
  readonly engine: string;
  readonly mode: string;
  /** The failures; empty if every promise was kept. */
  readonly failures: readonly string[];
  /** The faults, with times. */
  readonly faults: readonly string[];
  readonly counts: Counts;
  /** The resident memory of each instance at the end, in MiB. */
  readonly memory: readonly number[];
  /** The maximum milliseconds until an instance responded to a publish. */
  readonly slowestAnswer: number;
  /** The milliseconds from the last fault until every client had the last event. */
  readonly recovery: number;
}

/** The counts of a run. */
interface Counts {
  readonly published: number;
  readonly stored: number;
  readonly rejected: number;
  readonly unknown: number;
  readonly delivered: number;
  readonly connections: number;
  readonly gaps: number;
  /** The number of epochs in the ids. */
  readonly epochs: number;
}

/** The maximum resident memory in MiB for so few clients and events. */
const maxMemory = 300;

/** Makes one run: a new engine, instances, clients, the plan's faults, recovery, judgment. */
export async function run(
  engineName: string,
  kind: EngineKind,
  plan: Plan,
  programs: Programs,
): Promise<Report> {
  const engine = await kind.start(plan.mode);
  try {
    const world = await World.start(plan, engine, programs);
    try {
      await world.suffer();
      const calmSince = performance.now();
      const evidence = await world.recover();
      const recovery = Math.round(performance.now() - calmSince);
      const memory = await Promise.all(world.instances.map((instance) => instance.memory().catch(() => 0)));
      return {
        seed: plan.seed,
        engine: engineName,
        mode: plan.mode,
        failures: [...complaintsOf(world, memory), ...violationsIn(evidence)],
        faults: world.done,
        counts: countsOf(world, evidence),
        memory,
        slowestAnswer: Math.round(Math.max(...world.publishers.map(({ slowest }) => slowest))),
        recovery,
      };
    } finally {
      await world.end();
    }
  } finally {
    await engine.dispose();
  }
}

function violationsIn(evidence: Evidence | undefined): string[] {
  return evidence === undefined ? [] : judge(evidence).map(({ kind, detail }) => `${kind}: ${detail}`);
}

function complaintsOf({ instances, clients, publishers, complaints }: World, memory: number[]): string[] {
  return [
    ...instances.flatMap(({ crashes }) => crashes),
    ...[...clients, ...publishers].flatMap((participant) => participant.complaints),
    ...complaints,
    ...memory.filter((size) => size > maxMemory).map((size) => `an instance has ${size} MiB`),
  ];
}

function countsOf({ clients, publishers }: World, evidence: Evidence | undefined): Counts {
  const publishes = publishers.flatMap((publisher) => publisher.publishes);
  const connections = clients.flatMap((client) => client.connections);
  const frames = connections.flatMap((connection) => connection.frames);
  const ended = (kind: string) => publishes.filter(({ outcome }) => outcome.kind === kind).length;
  return {
    published: publishes.length,
    stored: ended("stored"),
    rejected: ended("rejected"),
    unknown: ended("unknown"),
    delivered: frames.filter(({ kind }) => kind === "event").length,
    connections: connections.length,
    gaps: frames.filter(({ kind }) => kind === "gap").length,
    epochs: new Set(evidence && frames.map(({ id }) => evidence.positionOf(id).epoch)).size,
  };
}
