import { setMaxListeners } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import { CuttableLink } from "@sse/engines";
import type { ChaosEngine, EngineKind } from "../chaos-engine.js";
import { Instance } from "../instance.js";
import { Random } from "../random.js";
import type { ProducerLine } from "./answer.js";
import type { RunEvidence } from "./run-evidence.js";
import { judgeRun } from "./run-oracle.js";
import { Session } from "./session.js";

/** The result of a run with answers. */
export interface RunsReport {
  readonly seed: number;
  /** The failures; empty if every promise was kept. */
  readonly failures: readonly string[];
  /** The faults, with times. */
  readonly faults: readonly string[];
  readonly counts: Readonly<Record<string, number>>;
}

/** The number of answers at a time. */
const maxAnswers = 6;

/** The maximum milliseconds of a run, and for each kill. Only a hang takes as long. */
const maxDuration = { run: 200_000, kill: 30_000 };

/**
 * Makes one run: instances answer, and are killed in the middle of answers until that has happened
 * often enough. Then every answer ends, and is judged.
 *
 * @param kills the number of instances that are killed while they produce an answer.
 */
export async function runAnswers(
  kind: EngineKind,
  { seed, kills }: { readonly seed: number; readonly kills: number },
  program: string,
): Promise<RunsReport> {
  const engine = await kind.start("runs");
  try {
    const links = await Promise.all(Array.from({ length: 3 }, () => CuttableLink.to(engine.port)));
    const world = new RunsWorld(seed, engine, links, program);
    try {
      return await world.run(kills);
    } finally {
      await world.end();
    }
  } finally {
    await engine.dispose();
  }
}

class RunsWorld {
  readonly #seed: number;
  readonly #random: Random;
  readonly #links: readonly CuttableLink[];
  readonly #instances: readonly Instance[];
  readonly #sessions = new Map<string, Session>();
  readonly #faults: string[] = [];
  readonly #begun = performance.now();
  readonly #over = new AbortController();
  #killed = 0;
  /** The sessions that were under way when the time was over. Nothing of the run is judged then. */
  #hanging: readonly string[] = [];

  constructor(seed: number, engine: ChaosEngine, links: readonly CuttableLink[], program: string) {
    setMaxListeners(0, this.#over.signal);
    this.#seed = seed;
    this.#random = new Random(seed);
    this.#links = links;
    const { name, durable, volatile = false } = engine;
    this.#instances = links.map(
      ({ port }, i) =>
        new Instance(`i${i}`, program, { engine: name, enginePorts: [port], durable, volatile }),
    );
    for (const instance of this.#instances)
      instance.onLine = (line) => {
        const printed = JSON.parse(line) as ProducerLine;
        this.#sessions.get(printed.run)?.receive(printed, instance);
      };
  }

  async run(kills: number): Promise<RunsReport> {
    await Promise.all(this.#instances.map((instance) => instance.start()));
    const timer = setTimeout(() => this.#timeIsOver(), maxDuration.run + kills * maxDuration.kill);
    const answering = Promise.all(Array.from({ length: maxAnswers }, () => this.#answer(kills)));
    const cutting = this.#cutLinks(kills);
    await this.#kill(kills);
    await Promise.all([answering, cutting]);
    const evidence = await Promise.all([...this.#sessions.values()].map((session) => session.conclude()));
    clearTimeout(timer);
    const ends = evidence
      .map(({ final: { frames } }) => frames.at(-1))
      .map((frame) => frame?.kind === "end" && frame.state);
    const count = (state: string) => ends.filter((end) => end === state).length;
    return {
      seed: this.#seed,
      failures: [
        ...this.#instances.flatMap(({ crashes }) => crashes),
        ...(this.#over.signal.aborted ? this.#hanging : violationsIn(evidence)),
      ],
      faults: this.#faults,
      counts: {
        kills: this.#killed,
        answers: evidence.length,
        complete: count("complete"),
        cancelled: count("cancelled"),
        lost: count("lost"),
        resumptions: evidence.reduce((sum, { resumptions }) => sum + resumptions, 0),
        loads: evidence.reduce((sum, { loads }) => sum + loads.length + 1, 0),
        tokens: evidence.reduce((sum, { stored }) => sum + stored, 0),
      },
    };
  }

  #timeIsOver(): void {
    const hanging = [...this.#sessions.values()].filter((session) => !session.isOver);
    this.#hanging = hanging.map((session) => `hanging: ${session.describe()}`);
    this.#over.abort();
  }

  async end(): Promise<void> {
    this.#over.abort();
    await Promise.all(this.#instances.map((instance) => instance.kill()));
    await Promise.all(this.#links.map((link) => link.close()));
  }

  /** Asks for one answer after another until enough instances were killed. */
  async #answer(kills: number): Promise<void> {
    while (this.#killed < kills && !this.#over.signal.aborted) {
      const name = `${this.#seed}-${this.#sessions.size}`;
      const session = new Session(name, this.#random.fork(), this.#instances, this.#over.signal);
      this.#sessions.set(name, session);
      await session.live();
    }
  }

  async #kill(kills: number): Promise<void> {
    while (this.#killed < kills && !this.#over.signal.aborted) {
      await delay(this.#random.between(50, 1_200));
      const producing = this.#instances.filter((instance) =>
        [...this.#sessions.values()].some((session) => session.isProducedBy(instance)),
      );
      if (producing.length === 0) continue;
      const instance = this.#random.pick(producing);
      this.#note(`kill ${instance.name}`);
      this.#killed += 1;
      await instance.kill();
      await delay(this.#random.between(0, 800));
      await instance.start();
    }
  }

  /** Resets the links of instances to the engine, after any number of bytes. */
  async #cutLinks(kills: number): Promise<void> {
    while (this.#killed < kills && !this.#over.signal.aborted) {
      await delay(this.#random.between(500, 3_000));
      const [index, bytes] = [this.#random.between(0, 2), this.#random.between(1, 5_000)];
      this.#note(`cut link ${index} after ${bytes} bytes`);
      this.#links[index]!.cutAfter(bytes);
    }
  }

  #note(fault: string): void {
    this.#faults.push(`${Math.round(performance.now() - this.#begun)} ms: ${fault}`);
  }
}

function violationsIn(evidence: readonly RunEvidence[]): string[] {
  return evidence.flatMap(judgeRun).map(({ kind, detail }) => `${kind}: ${detail}`);
}
