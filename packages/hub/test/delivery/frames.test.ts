import { describe, expect, test } from "vitest";
import { Frame } from "../../src/delivery/frame.js";
import {
  gapFrame,
  heartbeatFrame,
  idFrame,
  liveFrame,
  refusedFrame,
  retryFrame,
} from "../../src/delivery/frames.js";
import { readWire, type WireBlock } from "../support/wire-reader.js";

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
const encode = (frame: string) => new TextEncoder().encode(frame);

function block(frame: Uint8Array | string): WireBlock {
  const { blocks } = readWire(typeof frame === "string" ? encode(frame) : frame);
  expect(blocks).toHaveLength(1);
  return blocks[0]!;
}

describe("an entry on the wire", () => {
  test("carries its position as id", () => {
    const frame = new Frame({ channels: ["*"], event: "price", data: "1\n2", position: "e-7" });
    expect(frame.text).toBe("event: price\nid: e-7\ndata: 1\ndata: 2\n\n");
  });

  test("without a name is a message", () => {
    expect(new Frame({ channels: ["*"], data: "", position: "e-7" }).text).toBe("id: e-7\ndata: \n\n");
  });
});

test("an ephemeral event leaves the client's last id as it was", () => {
  const textOf = (event?: string) => new Frame({ channels: ["*"], event, data: "ann" }).text;
  expect(textOf("typing")).toBe("event: typing\ndata: ann\n\n");
  expect(textOf()).toBe("data: ann\n\n");
  const { lastEventId } = readWire(encode(idFrame("e-1")), encode(textOf("typing")));
  expect(lastEventId).toBe("e-1");
});

test("an id-only frame moves the client's last id and dispatches nothing", () => {
  const { blocks, lastEventId } = readWire(encode(idFrame("e-9")));
  expect(lastEventId).toBe("e-9");
  expect(blocks.map(({ data }) => data)).toEqual([undefined]);
});

test("sse:live tells connection, heartbeat and what was replayed, under the reader's id", () => {
  const live = { connection: "c", heartbeat: 15_000, replayed: 3 };
  const { type, id, data } = block(liveFrame("e-2", live));
  expect([type, id, JSON.parse(data!)]).toEqual(["sse:live", "e-2", live]);
});

test("sse:gap tells reason, what was asked for and what is left, under the id that it goes on from", () => {
  const gap = { reason: "evicted", requested: "e-1\n\ndata: forged", oldest: null } as const;
  const { type, id, data } = block(gapFrame("e-2", gap));
  expect([type, id, JSON.parse(data!)]).toEqual(["sse:gap", "e-2", gap]);
});

test("sse:refused tells why and when to come again, and has no id", () => {
  const { type, id, retry, data } = block(refusedFrame("closing", 7_000));
  expect([type, id, retry, JSON.parse(data!)]).toEqual([
    "sse:refused",
    undefined,
    7_000,
    { reason: "closing" },
  ]);
});

test("retry belongs to the block of the next event", () => {
  expect(retryFrame(2_500)).toBe("retry: 2500\n");
});

describe("a heartbeat", () => {
  test("is a comment that no client shows", () => {
    const bytes = heartbeatFrame({ interval: 1, kind: "comment", padding: 0 });
    expect(text(bytes)).toBe(":\n");
    expect(readWire(bytes).blocks).toEqual([]);
  });

  test("of the kind event is dispatched, empty and without id", () => {
    const { type, data, id } = block(heartbeatFrame({ interval: 1, kind: "event", padding: 0 }));
    expect([type, data, id]).toEqual(["sse:heartbeat", "", undefined]);
  });

  test.each(["comment", "event"] as const)(
    "of the kind %s is padded with as many bytes as wanted",
    (kind) => {
      const bytes = heartbeatFrame({ interval: 1, kind, padding: 2_048 });
      expect(text(bytes)).toMatch(/^: {2048}/);
      expect(bytes.byteLength).toBeGreaterThanOrEqual(2_048);
      expect(bytes.byteLength).toBeLessThan(2_048 + 64);
    },
  );
});
