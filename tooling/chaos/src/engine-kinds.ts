import type { EngineKind } from "./chaos-engine.js";
import { natsClusterKind } from "./nats/nats-cluster-engine.js";
import { natsKind } from "./nats/nats-engine.js";
import { redisKind } from "./redis-engine.js";

/** The kinds of engines, by name. */
export const engineKinds: Readonly<Record<string, EngineKind>> = {
  redis: redisKind,
  nats: natsKind(),
  "nats-2.10": natsKind({ version: "2.10" }),
  "nats-cluster": natsClusterKind,
};
