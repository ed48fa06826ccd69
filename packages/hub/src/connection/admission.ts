import type { RefusalReason } from "@sse/core";
import type { Subscribers } from "../delivery/subscribers.js";
import { type Channel, everyone, userChannel } from "../log/channel.js";
import type { HubLimits, Resolved } from "../options.js";

/** Decides whether one more connection is accepted. Open connections are never ended for it. */
export class Admission {
  readonly #limits: Resolved<HubLimits>;
  readonly #subscribers: readonly Subscribers<unknown>[];

  /** @param subscribers those of topics, and those of runs. */
  constructor(limits: Resolved<HubLimits>, subscribers: readonly Subscribers<unknown>[]) {
    this.#limits = limits;
    this.#subscribers = subscribers;
  }

  /** Returns the reason to refuse a client of this user; `undefined` to accept it. */
  refusal(user: string | undefined): RefusalReason | undefined {
    const { connections, connectionsPerUser } = this.#limits;
    if (this.#reached(connections, everyone)) return "connections";
    if (user === undefined) return undefined;
    if (this.#reached(connectionsPerUser, userChannel(user))) return "connections-per-user";
    return undefined;
  }

  #reached(limit: number, channel: Channel): boolean {
    return limit !== 0 && this.#count(channel) >= limit;
  }

  #count(channel: Channel): number {
    return this.#subscribers.reduce((count, subscribers) => count + subscribers.of(channel).size, 0);
  }
}
