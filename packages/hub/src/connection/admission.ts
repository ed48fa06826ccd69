import type { RefusalReason } from "@sse/core";
import type { Subscribers } from "../delivery/subscribers.js";
import { everyone, userChannel } from "../log/channel.js";
import type { HubLimits, Resolved } from "../options.js";

/** Decides whether one more connection is accepted. Open connections are never ended for it. */
export class Admission {
  readonly #limits: Resolved<HubLimits>;
  readonly #subscribers: Subscribers<unknown>;

  constructor(limits: Resolved<HubLimits>, subscribers: Subscribers<unknown>) {
    this.#limits = limits;
    this.#subscribers = subscribers;
  }

  /** Returns the reason to refuse a client of this user; `undefined` to accept it. */
  refusal(user: string | undefined): RefusalReason | undefined {
    const { connections, connectionsPerUser } = this.#limits;
    if (reached(connections, this.#subscribers.of(everyone).size)) return "connections";
    if (user === undefined) return undefined;
    if (reached(connectionsPerUser, this.#subscribers.of(userChannel(user)).size))
      return "connections-per-user";
    return undefined;
  }
}

function reached(limit: number, count: number): boolean {
  return limit !== 0 && count >= limit;
}
