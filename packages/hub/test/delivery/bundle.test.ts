import { describe, expect, test } from "vitest";
import { Bundle } from "../../src/delivery/bundle.js";
import { Frame } from "../../src/delivery/frame.js";

function frame(data: string, position?: string): Frame {
  const channels = ["*"] as const;
  return new Frame(
    position === undefined ? { channels, event: undefined, data } : { channels, data, position },
  );
}

/** The data of the frames that were joined. */
const joined = (bundle: Bundle) =>
  [...bundle.text.matchAll(/data: (.*)\n\n/g)].map(([, data]) => data).join("");

describe("a bundle", () => {
  test("of one frame is the frame's own text", () => {
    expect(new Bundle(frame("a", "p-1")).text).toBe("id: p-1\ndata: a\n\n");
  });

  test("has the bytes of its text, and counts them", () => {
    const bundle = new Bundle(frame("é")).followedBy(frame("🎉"));
    expect(new TextDecoder().decode(bundle.bytes)).toBe("data: é\n\ndata: 🎉\n\n");
    expect(bundle.byteLength).toBe(bundle.bytes.byteLength);
  });

  test("joins its frames in order", () => {
    const bundle = new Bundle(frame("a")).followedBy(frame("b")).followedBy(frame("c"));
    expect(joined(bundle)).toBe("abc");
    expect(bundle.frames.map(({ event }) => event.data)).toEqual(["a", "b", "c"]);
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
    expect([joined(root), joined(one), joined(other)]).toEqual(["a", "ab", "ac"]);
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
