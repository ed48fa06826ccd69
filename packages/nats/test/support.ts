import { setTimeout as delay } from "node:timers/promises";
import { Engine, isInstalled, natsServers } from "@sse/engines";
import { type GapReason, type LogEntry, type NewLogEntry, type Position, topicChannel } from "@sse/hub/log";
import { describe, onTestFailed } from "vitest";
import { createNatsLog, type NatsLog, type NatsLogOptions } from "../src/index.js";

/**
 * Tests that need a NATS, on each version of it that is supported. Tests may share one; each has
 * streams of its own.
 */
export function describeOnNats(title: string, tests: (startNats: () => Promise<Engine>) => void): void {
  for (const server of natsServers)
    describe.runIf(isInstalled(server.program))(`${title} (${server.program})`, () =>
      tests(() => Engine.start(server)),
    );
}

let streams = 0;

/** A name that no other test has. */
export function freshStream(): string {
  streams += 1;
  return `hub-${process.pid}-${streams}`;
}

/** A log on a server of this machine, with time-outs as short as tests like them. */
export function logOn(
  engine: { port: number },
  options: Partial<NatsLogOptions> & { stream: string },
): NatsLog {
  return createNatsLog({
    servers: `nats://127.0.0.1:${engine.port}`,
    commandTimeout: 2_000,
    retryDelay: 20,
    ...options,
  });
}

/** A follower that remembers what it was told. */
export interface Tail {
  readonly calls: string[];
  readonly resets: Position[];
  readonly entries: LogEntry[];
  readonly errors: unknown[];
  /** The end of what has been followed: the place up to which may be read. */
  readonly head: Position;
}

/** Follows a log, from the moment at which it has said where that begins. */
export async function follow(log: NatsLog): Promise<Tail> {
  const [calls, resets, entries, errors]: [string[], Position[], LogEntry[], unknown[]] = [[], [], [], []];
  let head = "";
  // A wait for what never comes says nothing by itself.
  onTestFailed(() => console.error("followed last:", calls.slice(-5), errors.slice(-3)));
  log.follow({
    reset(position) {
      head = position;
      calls.push("reset");
      resets.push(position);
    },
    entries(given) {
      for (const entry of given) {
        head = entry.position;
        calls.push(entry.data);
        entries.push(entry);
      }
    },
    passed(position) {
      head = position;
    },
    error(error) {
      calls.push("error");
      errors.push(error);
    },
  });
  await until(() => resets.length > 0);
  return {
    calls,
    resets,
    entries,
    errors,
    get head() {
      return head;
    },
  };
}

/**
 * Reads everything for a topic after a position, page by page, with the reasons of the gaps. As a
 * hub does, it reads again where the server cannot be asked.
 */
export async function readAll(
  log: NatsLog,
  start: Position,
  topic: string,
  through: Position,
): Promise<{ data: string[]; gaps: GapReason[] }> {
  const data: string[] = [];
  const gaps: GapReason[] = [];
  let from = start;
  let known: { knownEvictions?: string } = {};
  do {
    const channels = new Set([topicChannel(topic)]);
    const page = await atLast(() => log.read(from, { channels, through, limit: 50, ...known }));
    data.push(...page.entries.map((entry) => entry.data));
    if (page.gap !== undefined) gaps.push(page.gap.reason);
    from = page.scannedThrough;
    known = { knownEvictions: page.evictions };
  } while (log.compare(from, through) < 0);
  return { data, gaps };
}

/** Appends until the log accepts it. */
export function appendAtLast(log: NatsLog, entry: NewLogEntry): Promise<Position> {
  return atLast(() => log.append(entry));
}

async function atLast<Result>(operation: () => Promise<Result>): Promise<Result> {
  for (;;) {
    try {
      return await operation();
    } catch {
      await delay(10);
    }
  }
}

/** Resolves once a condition holds. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await delay(5);
}

export function entry(data: string, topic = "a"): NewLogEntry {
  return { channels: [topicChannel(topic)], data };
}
