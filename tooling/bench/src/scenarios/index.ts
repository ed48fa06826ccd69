import type { Scenario } from "../bench.js";
import { catchUpStorm } from "./catch-up-storm.js";
import { churn } from "./churn.js";
import { client } from "./client.js";
import { encoder } from "./encoder.js";
import { fanOut } from "./fan-out.js";
import { idleMemory } from "./idle-memory.js";
import { latency } from "./latency.js";
import { logBacklog } from "./log-backlog.js";
import { logCatchUp } from "./log-catch-up.js";
import { logFollowing } from "./log-following.js";
import { logLatency } from "./log-latency.js";
import { logThroughput } from "./log-throughput.js";
import { manyConnections } from "./many-connections.js";
import { parser } from "./parser.js";
import { personal } from "./personal.js";
import { publishCost } from "./publish-cost.js";
import { runCatchUp } from "./run-catch-up.js";
import { runs } from "./runs.js";
import { slowReaders } from "./slow-readers.js";

/** In the order of the table. */
export const scenarios: readonly Scenario[] = [
  fanOut,
  personal,
  runs,
  runCatchUp,
  latency,
  idleMemory,
  manyConnections,
  catchUpStorm,
  slowReaders,
  publishCost,
  churn,
  logThroughput,
  logLatency,
  logCatchUp,
  logBacklog,
  logFollowing,
  parser,
  encoder,
  client,
];
