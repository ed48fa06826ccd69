import type { EventSink } from "@sse/core";
import { expect, test, vi } from "vitest";
import { closeStreams, keepStream, keepStreams } from "../src/open-streams.js";

function sink(): { sink: EventSink; closeTransport: () => void } {
  let closeTransport = (): void => {};
  const closed = new Promise<void>((resolve) => {
    closeTransport = resolve;
  });
  const close = vi.fn();
  return {
    sink: { write: () => {}, room: 1, drain: async () => {}, close, destroy: () => {}, closed },
    closeTransport,
  };
}

test("a server's open streams are closed with it, those of other servers are not", () => {
  const [server, other] = [{}, {}];
  keepStreams(server);
  keepStreams(other);
  const [mine, theirs] = [sink(), sink()];
  keepStream(server, mine.sink);
  keepStream(other, theirs.sink);
  closeStreams(server);
  expect(mine.sink.close).toHaveBeenCalledTimes(1);
  expect(theirs.sink.close).not.toHaveBeenCalled();
});

test("a stream is kept no longer than it is open", async () => {
  const server = {};
  keepStreams(server);
  const { sink: kept, closeTransport } = sink();
  keepStream(server, kept);
  closeTransport();
  await kept.closed;
  closeStreams(server);
  expect(kept.close).not.toHaveBeenCalled();
});

test("a server without the plugin keeps nothing, and closes nothing", () => {
  const { sink: lost } = sink();
  keepStream({}, lost);
  closeStreams({});
  expect(lost.close).not.toHaveBeenCalled();
});
