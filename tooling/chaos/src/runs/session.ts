import { request as httpRequest } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import type { Instance } from "../instance.js";
import type { Random } from "../random.js";
import { type AnswerRequest, type ProducerLine, tokenOf } from "./answer.js";
import type { EndState, Load, RunEvidence } from "./run-evidence.js";
import { Viewer, type ViewerHabits } from "./viewer.js";

/** The number of times that a lost run is taken over. */
const maxResumptions = 3;

/** A producer, with the start of the instance in which it is. */
interface Producer {
  readonly instance: Instance;
  readonly start: number;
  isOver: boolean;
}

const habits: readonly (readonly [name: string, ViewerHabits])[] = [
  ["the page", { reloads: true, pauses: false }],
  ["the second device", { reloads: false, pauses: false }],
  ["the stopped tab", { reloads: false, pauses: true }],
];

/** One run from its start until all have its end: the requests of an application's page. */
export class Session {
  readonly request: AnswerRequest;
  readonly #random: Random;
  readonly #instances: readonly Instance[];
  readonly #signal: AbortSignal;
  readonly #producers: Producer[] = [];
  readonly #viewers: Viewer[] = [];
  readonly #isCanceled: boolean;
  readonly #isResumed: boolean;
  #starts = 0;
  #calls = 0;
  #resumptions = 0;
  #takeovers = 0;
  #stored = 0;
  #cancelResult: EndState | undefined;
  #isOver = false;
  /** The request that waits for a response. */
  #asking = "";

  /** @param signal aborts when the time of the whole run is over. */
  constructor(run: string, random: Random, instances: readonly Instance[], signal: AbortSignal) {
    const burst = random.chance(0.5) ? 1 : random.between(2, 12);
    this.request = { run, tokens: random.between(20, 150), pace: random.between(10, 40), burst };
    this.#isCanceled = random.chance(0.2);
    this.#isResumed = random.chance(0.5);
    this.#random = random;
    this.#instances = instances;
    this.#signal = signal;
  }

  /** Whether it and all that it has started is over. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** Describes what is under way, for a person. */
  describe(): string {
    const viewers = this.#viewers.map((viewer) => viewer.describe());
    const producers = this.#producers.map(
      ({ instance, isOver }) => `${instance.name}${isOver ? " over" : ""}`,
    );
    return `run ${this.request.run} (${JSON.stringify(this.request)}), ${this.#asking}; ${viewers.join("; ")}; producers ${producers}`;
  }

  /** Whether a producer of it runs in an instance. */
  isProducedBy(instance: Instance): boolean {
    return this.#producers.some((producer) => producer.instance === instance && isRunning(producer));
  }

  /** Receives a line about it that an instance has printed. */
  receive({ what, count }: ProducerLine, instance: Instance): void {
    if (what === "called") this.#calls += 1;
    if (what === "resumed") this.#resumptions += 1;
    if (what === "stored") this.#stored = Math.max(this.#stored, count);
    const own = this.#producers.find((producer) => producer.instance === instance && isRunning(producer));
    if (what === "over") {
      if (own !== undefined) own.isOver = true;
    } else if (what !== "stored") {
      this.#producers.push({ instance, start: instance.epoch, isOver: false });
    }
  }

  /** Starts the run, watches it, and takes it over if it is lost. */
  async live(): Promise<void> {
    const status = await this.#ask("POST", JSON.stringify(this.request), [201, 409]);
    if (status?.code === 201) this.#starts += 1;
    const canceling = this.#isCanceled ? this.#cancelLater() : undefined;
    await this.#watch(habits);
    while (this.#isLost && this.#isResumed && this.#resumptions < maxResumptions && !this.#signal.aborted) {
      this.#takeovers += 1;
      await this.#ask("PUT", JSON.stringify(this.request), [201, 409]);
      await this.#watch(habits.slice(0, 1));
    }
    await canceling;
    this.#isOver = true;
  }

  /** Reads it from the beginning once nothing happens any more, and returns what is known. */
  async conclude(): Promise<RunEvidence> {
    const { run, tokens } = this.request;
    this.#isOver = false;
    const last = this.#viewer("the last device", { reloads: false, pauses: false });
    await last.watch();
    while (this.#producers.some(isRunning) && !this.#signal.aborted) await delay(20);
    const loads = this.#viewers.filter((viewer) => viewer !== last).flatMap((viewer) => viewer.loads);
    const statusAtEnd = (await this.#ask("GET", run, [200, 204, 404], last.lastEventId))?.code ?? 0;
    this.#isOver = true;
    return {
      run,
      answer: Array.from({ length: tokens }, (_, n) => tokenOf(run, n)),
      calls: this.#calls,
      resumptions: this.#resumptions,
      takeovers: this.#takeovers,
      starts: this.#starts,
      stored: this.#stored,
      cancelResult: this.#cancelResult,
      isUnstopped: this.#producers.some(isRunning),
      loads,
      final: last.load,
      statusAtEnd,
    };
  }

  get #isLost(): boolean {
    return (
      this.#viewers.some(({ load }) => endOf(load) === "lost") && endOf(this.#viewers.at(-1)!.load) === "lost"
    );
  }

  async #watch(those: readonly (readonly [name: string, ViewerHabits])[]): Promise<void> {
    await Promise.all(
      those.map(async ([name, its], i) => {
        if (i > 0) await delay(this.#random.between(0, 1_500));
        await this.#viewer(name, its).watch();
      }),
    );
  }

  #viewer(name: string, its: ViewerHabits): Viewer {
    const { run } = this.request;
    const viewer = new Viewer(name, run, its, this.#random.fork(), this.#instances, this.#signal);
    this.#viewers.push(viewer);
    return viewer;
  }

  async #cancelLater(): Promise<void> {
    await delay(this.#random.between(0, 2_000));
    const response = await this.#ask("DELETE", this.request.run, [200]);
    if (response !== undefined) this.#cancelResult = response.body as EndState;
  }

  /** Sends a request to one instance after another until a response has one of these statuses. */
  async #ask(
    method: string,
    name: string,
    statuses: readonly number[],
    lastEventId?: string,
  ): Promise<{ code: number; body: string } | undefined> {
    while (!this.#signal.aborted) {
      const { port, name: instance } = this.#random.pick(this.#instances);
      this.#asking = `${method} at ${instance}`;
      const response = await ask(method, port, name, lastEventId);
      this.#asking += ` ${response?.code} ${response?.body}`;
      if (response !== undefined && statuses.includes(response.code)) return response;
      await delay(100);
    }
    return undefined;
  }
}

function isRunning({ instance, start, isOver }: Producer): boolean {
  return !isOver && instance.isRunning(start);
}

function endOf({ frames }: Load): EndState | undefined {
  const last = frames.at(-1);
  return last?.kind === "end" ? last.state : undefined;
}

function ask(
  method: string,
  port: number,
  name: string,
  lastEventId: string | undefined,
): Promise<{ code: number; body: string } | undefined> {
  return new Promise((resolve) => {
    const path = `/runs/${encodeURIComponent(name)}`;
    const headers = lastEventId === undefined ? {} : { "last-event-id": lastEventId };
    const request = httpRequest({
      host: "127.0.0.1",
      port,
      path,
      method,
      headers,
      agent: false,
      timeout: 30_000,
    });
    request.on("error", () => resolve(undefined));
    request.on("timeout", () => request.destroy());
    request.on("response", async (response) => {
      let body = "";
      response.on("error", () => resolve(undefined));
      // A stream is not read: its status says enough.
      if (method === "GET") request.destroy();
      for await (const chunk of response) body += chunk;
      resolve({ code: response.statusCode!, body });
    });
    request.end();
  });
}
