import type { EventStream } from "@sse/core";
import { createHub, type Hub } from "../../src/hub.js";
import type { EventLog } from "../../src/log/event-log.js";
import { createMemoryLog, type MemoryLogOptions } from "../../src/log/memory-log.js";
import type { HubOptions } from "../../src/options.js";
import type { HubConnection, Subscription } from "../../src/subscription.js";
import { ManualClock, settle } from "./clock.js";
import { type FakeSink, openStream } from "./sink.js";
import type { WireBlock } from "./wire-reader.js";

/** A client that has connected to a hub. */
export interface TestClient {
  readonly sink: FakeSink;
  readonly stream: EventStream;
  readonly connection: HubConnection;
  /** The data of the published events that it has received. */
  readonly data: string[];
  /** Returns the control events of the hub, by name: `sse:live` and so on. */
  said(name: string): WireBlock[];
  /** The `Last-Event-ID` that it would show. */
  readonly lastId: string;
}

export interface TestHub {
  readonly hub: Hub;
  readonly clock: ManualClock;
  readonly log: EventLog;
  join(
    subscription?: Subscription,
    transport?: { capacity?: number; lastEventId?: string; id?: string },
  ): TestClient;
  /** Ends the tick and lets promises settle. */
  tick(): Promise<void>;
}

/** A hub over a memory log, in a time of its own. */
export function testHub({ bounds, ...options }: HubOptions & { bounds?: MemoryLogOptions } = {}): TestHub {
  const clock = new ManualClock();
  const log = options.log ?? createMemoryLog({ ...bounds, now: () => clock.now(), timers: clock });
  const hub = createHub({ clock, ...options, log });
  return {
    hub,
    clock,
    log,
    join(subscription, transport) {
      const { sink, stream } = openStream(clock, transport);
      return new JoinedClient(sink, stream, hub.connect(stream, subscription));
    },
    async tick() {
      clock.endTick();
      await settle();
    },
  };
}

class JoinedClient implements TestClient {
  readonly sink: FakeSink;
  readonly stream: EventStream;
  readonly connection: HubConnection;

  constructor(sink: FakeSink, stream: EventStream, connection: HubConnection) {
    this.sink = sink;
    this.stream = stream;
    this.connection = connection;
  }

  get data(): string[] {
    return this.sink.blocks.flatMap(({ type, data }) =>
      data === undefined || type.startsWith("sse:") ? [] : [data],
    );
  }

  said(name: string): WireBlock[] {
    return this.sink.blocks.filter(({ type, data }) => type === name && data !== undefined);
  }

  get lastId(): string {
    return this.sink.lastEventId;
  }
}

/** Keeps everything that a hub's hooks report, by name. */
export function recordHooks(hub: Hub): Record<string, unknown[]> {
  const names = [
    "connect",
    "disconnect",
    "join",
    "leave",
    "publish",
    "delivered",
    "lagging",
    "gap",
    "dropped",
    "error",
  ] as const;
  const records: Record<string, unknown[]> = {};
  for (const name of names) {
    const payloads: unknown[] = [];
    records[name] = payloads;
    hub.on(name, (payload) => payloads.push(payload));
  }
  return records;
}
