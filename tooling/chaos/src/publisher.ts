import { setTimeout as delay } from "node:timers/promises";
import type { Outcome, Publish } from "./evidence.js";
import type { Instance } from "./instance.js";
import { topics, users } from "./plan.js";
import type { Random } from "./random.js";

/** The maximum milliseconds of a publish, whatever the engine does. */
const maxResponseTime = 60_000;

/** The number of events in a request of {@link Publisher.fill}. */
const batch = 50;

/** The codes of responses that mean: certainly not stored. */
const rejections = new Set(["log-unavailable", "overloaded", "closed"]);

interface Audience {
  readonly topics?: readonly string[];
  readonly users?: readonly string[];
}

/** Publishes one event after another through any instance, and records the outcomes. */
export class Publisher {
  readonly name: string;
  readonly publishes: Publish[] = [];
  /** Its failures. */
  readonly complaints: string[] = [];
  /** The maximum milliseconds until an instance responded. */
  slowest = 0;
  readonly #random: Random;
  readonly #instances: readonly Instance[];
  #ended = false;

  constructor(name: string, random: Random, instances: readonly Instance[]) {
    this.name = name;
    this.#random = random;
    this.#instances = instances;
  }

  /** Publishes steadily until {@link end}; resolves after the last response. */
  async publish(): Promise<void> {
    while (!this.#ended) {
      await this.send(this.#random.pick(this.#instances), this.#audience());
      await delay(this.#random.between(0, 40));
    }
  }

  /** Publishes many events for everyone. Nothing may be broken yet. */
  async fill(instance: Instance, count: number): Promise<void> {
    for (let filled = 0; filled < count; filled += batch) {
      const nonces = Array.from({ length: batch }, (_, i) => `${this.name}.${this.publishes.length + i}`);
      const { answer } = await this.#request(instance, {}, nonces);
      if (answer.ids === undefined) throw new Error(`the log could not be filled: ${answer.detail}`);
      for (const [i, nonce] of nonces.entries())
        this.publishes.push({
          nonce,
          publisher: this.name,
          channels: channelsOf({}),
          outcome: { kind: "stored", id: answer.ids[i]! },
        });
    }
  }

  end(): void {
    this.#ended = true;
  }

  /**
   * Publishes an event. If the outcome is unknown, mostly publishes it again with the same
   * idempotency key.
   */
  async send(instance: Instance, audience: Audience): Promise<Publish> {
    const nonce = `${this.name}.${this.publishes.length}`;
    let outcome = await this.#attempt(instance, audience, nonce);
    let retried = false;
    for (let retries = 3; outcome.kind === "unknown" && retries > 0 && this.#random.chance(0.7); retries--) {
      retried = true;
      const again = await this.#attempt(this.#random.pick(this.#instances), audience, nonce);
      if (again.kind === "stored") outcome = again;
    }
    const publish = { nonce, publisher: this.name, channels: channelsOf(audience), outcome, retried };
    this.publishes.push(publish);
    return publish;
  }

  async #attempt(instance: Instance, audience: Audience, nonce: string): Promise<Outcome> {
    const begun = performance.now();
    const outcome = await this.#post(instance, audience, nonce);
    this.slowest = Math.max(this.slowest, performance.now() - begun);
    return outcome;
  }

  async #post(instance: Instance, audience: Audience, nonce: string): Promise<Outcome> {
    try {
      const { ok, status, answer } = await this.#request(instance, audience, [nonce], {
        "idempotency-key": nonce,
      });
      if (ok) return { kind: "stored", id: answer.ids![0]! };
      const why = String(answer.code);
      if (rejections.has(why)) return { kind: "rejected", why };
      if (why !== "append-timeout")
        this.complaints.push(`${nonce}: ${instance.name} answered ${status} ${why}: ${answer.detail}`);
      return { kind: "unknown", why };
    } catch (error) {
      return this.#unanswered(instance, nonce, error as Error);
    }
  }

  async #request(
    { port }: Instance,
    audience: Audience,
    nonces: readonly string[],
    headers: Record<string, string> = {},
  ) {
    const response = await fetch(`http://127.0.0.1:${port}/publish`, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: JSON.stringify({
        ...audience,
        events: nonces.map((nonce) => ({ event: "chaos", data: { nonce } })),
      }),
      signal: AbortSignal.timeout(maxResponseTime),
    });
    const answer = (await response.json()) as { ids?: string[]; code?: string; detail?: string };
    return { ok: response.ok, status: response.status, answer };
  }

  #unanswered(instance: Instance, nonce: string, error: Error): Outcome {
    const cause = error.cause as { code?: string } | undefined;
    if (cause?.code === "ECONNREFUSED") return { kind: "rejected", why: "connection refused" };
    if (error.name === "TimeoutError")
      this.complaints.push(`${nonce}: ${instance.name} did not answer within ${maxResponseTime} ms`);
    return { kind: "unknown", why: cause?.code ?? error.message };
  }

  #audience(): Audience {
    const kind = this.#random.next();
    if (kind < 0.2) return {};
    if (kind < 0.8) return { topics: this.#random.some(topics, this.#random.between(1, 2)) };
    return { users: this.#random.some(users, this.#random.between(1, 2)) };
  }
}

function channelsOf({ topics, users }: Audience): string[] {
  if (topics !== undefined) return topics.map((topic) => `topic:${topic}`);
  return users?.map((user) => `user:${user}`) ?? ["*"];
}
