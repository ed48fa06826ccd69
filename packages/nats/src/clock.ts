import type { HubClock } from "@sse/hub/log";

/** The part of the hub's clock that a log uses. Tests pass their own. */
export type NatsLogClock = Pick<HubClock, "setTimeout" | "clearTimeout" | "defer">;
