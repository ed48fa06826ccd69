import type { EndInfo } from "@sse/core";
import type { Hub } from "../../src/hub.js";
import type { RunSubscription } from "../../src/runs/read-run.js";
import type { HubConnection } from "../../src/subscription.js";
import { type ManualClock, settle } from "./clock.js";
import { type FakeSink, openStream } from "./sink.js";

/** A client that reads a run. */
export class RunClient {
  readonly sink: FakeSink;
  readonly connection: HubConnection;

  constructor(sink: FakeSink, connection: HubConnection) {
    this.sink = sink;
    this.connection = connection;
  }

  /** The text that its events make. */
  get text(): string {
    return this.sink.blocks
      .filter(({ type, data }) => data !== undefined && !type.startsWith("sse:"))
      .map(({ data }) => data)
      .join("");
  }

  /** The data of its `sse:end`; `undefined` without one. */
  get end(): EndInfo | undefined {
    const ends = this.sink.blocks.filter(({ type }) => type === "sse:end");
    return ends.length === 0 ? undefined : (JSON.parse(ends[0]!.data!) as EndInfo);
  }

  get gaps(): number {
    return this.sink.blocks.filter(({ type }) => type === "sse:gap").length;
  }

  get lastId(): string {
    return this.sink.lastEventId;
  }
}

/** Connects a client to a run, as `runStream` does. */
export async function readRun(
  hub: Hub,
  clock: ManualClock,
  subscription: RunSubscription,
  transport: { capacity?: number; lastEventId?: string } = {},
): Promise<RunClient> {
  const { sink, stream } = openStream(clock, transport);
  const connection = await hub.connectRun(stream, subscription);
  await settle();
  return new RunClient(sink, connection);
}

/** Returns the status with which a client is refused. */
export async function refusalOf(
  hub: Hub,
  clock: ManualClock,
  subscription: RunSubscription,
  lastEventId = "",
): Promise<number | undefined> {
  try {
    await readRun(hub, clock, subscription, { lastEventId });
  } catch (error) {
    return (error as { status?: number }).status;
  }
  return undefined;
}
