import { systemClock } from "@sse/hub/log";
import { expect, onTestFinished, test, vi } from "vitest";
import type { ReadConnection } from "../../src/connection/connections.js";
import type { Session } from "../../src/connection/session.js";
import { encodeEntry } from "../../src/entry-codec.js";
import { RecentTags } from "../../src/follow/recent-tags.js";
import { settingsOf } from "../../src/options.js";
import { setTtl } from "../../src/runs/run-messages.js";
import { RunStream } from "../../src/runs/run-stream.js";
import { StreamIndex } from "../../src/stored/stream-index.js";
import { runSubjectsOf } from "../../src/subjects.js";

/** A stream of runs whose sessions a test rejects. */
class UnreachableRunStream extends RunStream {
  readonly requests: ((error: Error) => void)[] = [];

  override ready(): Promise<Session> {
    return new Promise((_resolve, reject) => this.requests.push(reject));
  }
}

const hour = 3_600_000;

test("a release that fails leaves the later one alone that an entry has set meanwhile", async () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const connection = { isClosed: () => true } as never;
  const settings = settingsOf({ connection, stream: "s", clock: systemClock } as never);
  const stream = new UnreachableRunStream(
    { connection, readConnection: connection },
    settings,
    {} as ReadConnection,
  );
  const index = new StreamIndex(Number.POSITIVE_INFINITY, true);
  const followed = { epoch: "e", index, tags: new RecentTags(), head: 1 };
  const found = (sequence: number, ttl: number) => {
    const encoded = encodeEntry({ channels: ["run:r"], data: "x" }, runSubjectsOf("s"));
    setTtl(encoded, ttl);
    return { sequence, message: { ...encoded, storedAt: 0 } };
  };
  stream.listed(followed, [found(1, 0)], 0);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(stream.requests).toHaveLength(1);
  stream.received(followed, found(2, hour));
  stream.requests[0]!(new Error("lost"));
  await vi.advanceTimersByTimeAsync(hour - 2_000);
  expect(stream.requests).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(3_000);
  expect(stream.requests).toHaveLength(2);
  stream.requests[1]!(new Error("lost"));
  await vi.advanceTimersByTimeAsync(6_000);
  expect(stream.requests).toHaveLength(3);
  await stream.close();
});
