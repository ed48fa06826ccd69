import { EventEmitter } from "node:events";
import type { ServerResponse } from "node:http";
import { expect, onTestFinished, test, vi } from "vitest";
import { PacedSink } from "../src/paced-sink.js";

/** A response to a client that reads nothing: it closes only when it is destroyed. */
class StalledResponse extends EventEmitter {
  readonly writableLength = 0;
  destroyed = false;

  write(): void {}

  end(): void {}

  destroy(): void {
    this.destroyed = true;
    this.emit("close");
  }
}

test("a client that does not receive the end of its stream is cut off after the close timeout", async () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const response = new StalledResponse();
  const sink = new PacedSink(response as unknown as ServerResponse, () => 2_500);
  sink.write(new Uint8Array(10));
  sink.close();
  await vi.advanceTimersByTimeAsync(4_999);
  expect(response.destroyed).toBe(false);
  await vi.advanceTimersByTimeAsync(1);
  await sink.closed;
  expect(vi.getTimerCount()).toBe(0);
});
