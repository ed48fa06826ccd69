import type { EngineKind } from "./chaos-engine.js";
import type { Evidence } from "./evidence.js";
import { judge } from "./oracle.js";
import type { Plan } from "./plan.js";
import { World } from "./world.js";

/** What came of a run. */
export interface Report {
  readonly seed: number;
  readonly engine: string;
  readonly mode: string;
  /** What went wrong; empty if every promise was kept. */
  readonly failures: readonly string[];
  /** What was done, with times. */
  readonly faults: readonly string[];
  readonly counts: Counts;
  /** The resident memory of each instance at the end, in MiB. */
  readonly memory: readonly number[];
  /** The longest that an instance took to answer a publish, in milliseconds. */
  readonly slowestAnswer: number;
  /** How long it took after the last fault until everybody had the last event, in milliseconds. */
  readonly recovery: number;
}

/** How much happened in a run. */
interface Counts {
  readonly published: number;
  readonly stored: number;
  readonly rejected: number;
  readonly unknown: number;
  readonly delivered: number;
  readonly connections: number;
  readonly gaps: number;
  /** Lives of the log that ids were seen of. */
  readonly lives: number;
}

/** More than this is no bounded memory, for so few clients and events: MiB. */
const mostMemory = 300;

/** Makes one run: a fresh engine, instances, clients, the plan's faults, recovery, judgement. */
export async function run(
  engineName: string,
  kind: EngineKind,
  plan: Plan,
  program: string,
): Promise<Report> {
  const engine = await kind.start(plan.mode);
  try {
    const world = await World.start(plan, engine, program);
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
    ...[...clients, ...publishers].flatMap((somebody) => somebody.complaints),
    ...complaints,
    ...memory.filter((size) => size > mostMemory).map((size) => `an instance has ${size} MiB`),
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
    lives: new Set(evidence && frames.map(({ id }) => evidence.placeOf(id).life)).size,
  };
}
