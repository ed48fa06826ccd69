import { describe, expect, test } from "vitest";
import { Bundle, type OutgoingFrame } from "../../src/delivery/bundle.js";

function frame(text: string, position?: string): OutgoingFrame {
  return { channels: ["*"], bytes: new TextEncoder().encode(text), event: "message", position };
}

const text = (bundle: Bundle) => new TextDecoder().decode(bundle.bytes);

describe("a bundle", () => {
  test("of one frame is the frame's own bytes", () => {
    const only = frame("a");
    expect(new Bundle(only).bytes).toBe(only.bytes);
  });

  test("joins its frames in order", () => {
    const bundle = new Bundle(frame("a")).followedBy(frame("b")).followedBy(frame("c"));
    expect(text(bundle)).toBe("abc");
    expect(bundle.frames.map(({ bytes }) => new TextDecoder().decode(bytes))).toEqual(["a", "b", "c"]);
  });

  test("joins its bytes once for all who ask", () => {
    const bundle = new Bundle(frame("a")).followedBy(frame("b"));
    expect(bundle.bytes).toBe(bundle.bytes);
  });

  test("is the same one for all who go on with the same frame", () => {
    const root = new Bundle(frame("a"));
    const next = frame("b");
    expect(root.followedBy(next)).toBe(root.followedBy(next));
  });

  test("forks where readers go on with different frames", () => {
    const root = new Bundle(frame("a"));
    const one = root.followedBy(frame("b"));
    const other = root.followedBy(frame("c"));
    expect([text(root), text(one), text(other)]).toEqual(["a", "ab", "ac"]);
  });

  test("stands at its last entry, whatever ephemeral events follow", () => {
    const entry = new Bundle(frame("a", "p-1"));
    expect(entry.followedBy(frame("b")).position).toBe("p-1");
    expect(entry.followedBy(frame("b")).followedBy(frame("c", "p-2")).position).toBe("p-2");
  });

  test("of ephemeral events only stands nowhere", () => {
    expect(new Bundle(frame("a")).followedBy(frame("b")).position).toBeUndefined();
  });
});
