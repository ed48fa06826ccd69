import { describe, expect, it, vi } from "vitest";
import { createHub, createMemoryLog, type HubOptions, type Subscription } from "../src/index.js";
import { ManualClock, settle } from "./support/clock.js";
import { openStream } from "./support/sink.js";

function setUp(options: HubOptions = {}) {
  const clock = new ManualClock();
  const hub = createHub({ clock, heartbeat: { interval: 0 }, ...options });
  const reports = vi.fn();
  for (const hook of ["connect", "disconnect", "refused", "gap", "join", "error"] as const)
    hub.on(hook, (payload) => reports(hook, payload));
  const probe = (subscription: Subscription = {}, lastEventId = "") => {
    const { stream, sink } = openStream(clock, { lastEventId });
    const outcome = hub.probe(stream, subscription).then(
      () => "accepted" as const,
      (error: { code: string; status?: number }) => error.status ?? error.code,
    );
    return { sink, outcome };
  };
  return { clock, hub, probe, reports };
}

describe("a probe", () => {
  it.each<[string, HubOptions, (now: number) => Subscription, unknown]>([
    ["what expired", {}, (now) => ({ expires: new Date(now - 1) }), 401],
    ["a bad subscription", {}, () => ({ topics: [1] }) as never, "invalid-option"],
    ["too many topics", { limits: { topicsPerConnection: 1 } }, () => ({ topics: ["a", "b"] }), 400],
    ["a bad initial event", {}, () => ({ initial: [{ data: 1n }] }), "unserializable"],
    ["a position that is gone", {}, () => ({ lastEventId: "gone-1", controlEvents: false }), 410],
    ["a client over the limit", { limits: { connections: 1, refusal: "status" } }, () => ({}), 503],
    [
      "a client over the limit without control events",
      { limits: { connections: 1 } },
      () => ({ controlEvents: false }),
      503,
    ],
    ["a client over the limit softly", { limits: { connections: 1 } }, () => ({}), "accepted"],
    ["a client with a gap", {}, () => ({ lastEventId: "gone-1" }), "accepted"],
    ["a client without control events", {}, () => ({ controlEvents: false }), "accepted"],
  ])("has the outcome of a connection for %s, and registers nothing", async (_, options, of, expected) => {
    const { clock, hub, probe, reports } = setUp(options);
    await hub.broadcast({ data: "kept" });
    if (options.limits?.connections === 1) hub.connect(openStream(clock).stream);
    reports.mockClear();
    const stats = hub.stats();
    const { sink, outcome } = probe({ user: "ann", ...of(clock.now()) });
    expect(await outcome).toBe(expected);
    expect(hub.stats()).toEqual(stats);
    expect(reports).not.toHaveBeenCalled();
    expect(sink.text).not.toContain("data:");
  });

  it("of a stream that has left ends", async () => {
    const { probe } = setUp({ log: Object.assign(createMemoryLog(), { follow: () => () => {} }) });
    const { sink, outcome } = probe({ controlEvents: false });
    sink.leave();
    await settle();
    expect(await outcome).toBe("accepted");
  });
});
