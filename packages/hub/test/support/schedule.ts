import fc from "fast-check";
import type { SlowReaderPolicy } from "../../src/options.js";
import type { RetentionBounds } from "./retention-model.js";

/** Everything that stays the same through a schedule. */
export interface ScheduleSettings {
  readonly retention: RetentionBounds;
  readonly window: { maxEvents: number; maxBytes: number };
  readonly maxBatchBytes: number;
  readonly flushInterval: number;
  readonly policy: SlowReaderPolicy;
  readonly stallTimeout: number;
  readonly heartbeat: "comment" | "event";
  /** Hubs on the same log; clients go from one to another when they reconnect. */
  readonly instances: number;
  /** Whether what the instances follow lags behind the log. */
  readonly lags: boolean;
  readonly gate: "none" | "before" | "after";
  readonly pageLimit: number;
  /** Bytes that each client's transport holds. */
  readonly capacity: number;
}

/** The way in which a client begins. */
export type Beginning = "resume" | "fresh" | "last" | "garbage";

/** One step of a schedule. Numbers choose among what there is at that point, modulo its count. */
export type Step =
  | { do: "publish"; to: number; size: number; burst: number; ephemeral: boolean; key: string | undefined }
  | { do: "connect"; client: number; as: Beginning; cut: number; last: number; stalled: boolean }
  | { do: "cut"; client: number; cut: number }
  | { do: "subscribe" | "unsubscribe"; client: number; topic: number }
  | { do: "stall" | "flow" | "disconnect"; client: number }
  | { do: "take"; client: number; bytes: number }
  | { do: "pass"; milliseconds: number }
  | { do: "tick" | "settle" | "balance" }
  | { do: "follow"; instance: number; entries: number }
  | { do: "openGate" | "breakLink" | "failRead"; instance: number }
  | { do: "restart"; keepLog: boolean; instance: number };

export interface Schedule {
  readonly settings: ScheduleSettings;
  readonly steps: readonly Step[];
}

const choice = fc.nat(1_000);

const settings = fc.record({
  retention: fc.record({
    maxEvents: fc.constantFrom(0, 4, 8, 20),
    maxEventsPerTopic: fc.constantFrom(0, 1, 2, 3, 6),
    maxAge: fc.constantFrom(0, 0, 0, 700, 5_000),
    maxBytes: fc.constantFrom(0, 0, 60, 300),
  }),
  window: fc.record({
    maxEvents: fc.constantFrom(1, 2, 4, 1_000),
    maxBytes: fc.constantFrom(1, 150, 100_000),
  }),
  maxBatchBytes: fc.constantFrom(65_536, 200, 1),
  flushInterval: fc.constantFrom(0, 0, 20),
  policy: fc.constantFrom("catch-up", "conflate", "conflate", "disconnect"),
  stallTimeout: fc.constantFrom(0, 3_000),
  heartbeat: fc.constantFrom("comment", "event"),
  instances: fc.constantFrom(1, 1, 2),
  lags: fc.constantFrom(false, false, true),
  gate: fc.constantFrom("none", "none", "before", "after"),
  pageLimit: fc.constantFrom(256, 1, 2, 3),
  capacity: fc.constantFrom(65_536, 60, 60, 150, 150, 400),
});

const publish = fc.record({
  do: fc.constant("publish" as const),
  to: choice,
  size: fc.constantFrom(0, 5, 40),
  burst: fc.constantFrom(1, 1, 1, 2, 5),
  ephemeral: fc.constantFrom(false, false, false, false, true),
  key: fc.constantFrom(undefined, "x", "x", "y"),
});

const connect = fc.record({
  do: fc.constant("connect" as const),
  client: choice,
  as: fc.constantFrom<Beginning>("resume", "resume", "resume", "fresh", "last", "garbage"),
  cut: choice,
  last: fc.integer({ min: 1, max: 6 }),
  stalled: fc.boolean(),
});

const step = fc.oneof(
  { weight: 16, arbitrary: publish },
  { weight: 5, arbitrary: connect },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("cut" as const), client: choice, cut: choice }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constantFrom("subscribe" as const, "unsubscribe" as const),
      client: choice,
      topic: choice,
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constantFrom("stall" as const, "stall" as const, "stall" as const, "flow" as const),
      client: choice,
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("disconnect" as const), client: choice }) },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant("take" as const),
      client: choice,
      bytes: fc.constantFrom(1, 30, 100, 100, 400),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant("pass" as const),
      milliseconds: fc.constantFrom(1, 20, 500, 1_000, 4_000),
    }),
  },
  {
    weight: 9,
    arbitrary: fc.record({
      do: fc.constantFrom(
        "tick" as const,
        "tick" as const,
        "settle" as const,
        "settle" as const,
        "tick" as const,
        "settle" as const,
        "balance" as const,
      ),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant("follow" as const),
      instance: choice,
      entries: fc.integer({ min: 1, max: 4 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constantFrom(
        "openGate" as const,
        "openGate" as const,
        "breakLink" as const,
        "failRead" as const,
      ),
      instance: choice,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant("restart" as const), keepLog: fc.boolean(), instance: choice }),
  },
);

/** Any schedule that the promises must hold in. */
export const schedules: fc.Arbitrary<Schedule> = fc.record({
  settings,
  steps: fc.array(step, { maxLength: 80, size: "max" }),
});
