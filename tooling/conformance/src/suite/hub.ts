import { createHub, createMemoryLog } from "@sse/hub";
import { ManualClock, settle, until } from "@sse/testing";
import { describe, expect, test } from "vitest";
import type { Harness } from "../harness.js";
import { eventsOf, joined, lastIdOf, retryOf } from "./hub-client.js";

/** Describes the clients of a hub. */
export function describeHubStream({ start }: Harness): void {
  describe("hubStream", () => {
    test("joins clients to the hub: everyone gets what is broadcast, others what they follow", async () => {
      const hub = createHub();
      const { get } = await start({
        "/": {
          hub,
          subscribe: async (request) => {
            const query = new URL(request.url ?? "", "http://localhost").searchParams;
            return { topics: query.getAll("topic"), user: query.get("user") ?? "none" };
          },
        },
        "/everyone": { hub },
      });
      const [ann, bob, cat] = await Promise.all(
        ["/?topic=news&user=ann", "/?topic=news&topic=sport&user=bob", "/everyone"].map((path) =>
          joined(get(path)),
        ),
      );
      await hub.broadcast({ event: "hello", data: "all" });
      await hub.publish("news", { event: "news", data: { title: "rain" } });
      await hub.publish(["news", "sport"], { event: "both", data: "once" });
      await hub.sendTo("bob", { event: "private", data: "for bob" });
      await hub.close();
      expect(await eventsOf(ann)).toEqual(["hello all", 'news {"title":"rain"}', "both once"]);
      expect(await eventsOf(bob)).toEqual([
        "hello all",
        'news {"title":"rain"}',
        "both once",
        "private for bob",
      ]);
      expect(await eventsOf(cat)).toEqual(["hello all"]);
    });

    test("resumes from the client's last event id: what was missed comes once, then what is new", async () => {
      const hub = createHub();
      const { get } = await start({ "/": { hub } });
      const first = await joined(get("/"));
      const seen = await hub.broadcast({ event: "n", data: "1" });
      await first.until("data: 1\n\n");
      await hub.broadcast({ event: "n", data: "2" });
      await hub.broadcast({ event: "n", data: "3" });
      const resumed = await joined(get("/", { headers: { "Last-Event-ID": seen } }));
      await hub.broadcast({ event: "n", data: "4" });
      await hub.close();
      expect(await eventsOf(resumed)).toEqual(["n 2", "n 3", "n 4"]);
    });

    test("lets the subscription decide where a client resumes", async () => {
      const hub = createHub();
      const seen = await hub.broadcast({ event: "n", data: "1" });
      await hub.broadcast({ event: "n", data: "2" });
      const { get } = await start({ "/": { hub, subscribe: () => ({ lastEventId: seen }) } });
      const body = await joined(get("/", { headers: { "Last-Event-ID": "something-else" } }));
      await hub.close();
      expect(await eventsOf(body)).toEqual(["n 2"]);
    });

    test("announces a gap for an id that means nothing, instead of failing", async () => {
      const hub = createHub();
      const { get } = await start({ "/": { hub } });
      const { status, body } = await get("/", { headers: { "Last-Event-ID": "x".repeat(3000) } });
      expect(status).toBe(200);
      expect(await body.until("event: sse:live")).toContain("event: sse:gap");
      await hub.close();
    });

    test("ends its streams in order when the hub closes, and refuses softly afterwards", async () => {
      const hub = createHub();
      const { get } = await start({ "/": { hub } });
      const body = await joined(get("/"));
      await hub.broadcast({ event: "bye", data: "soon" });
      await hub.close();
      expect(await eventsOf(body)).toEqual(["bye soon"]);
      expect(await body.end).toBe("ended");
      const late = await get("/");
      expect(late.status).toBe(200);
      expect(await late.body.all()).toContain("event: sse:refused");
      expect(await late.body.end).toBe("ended");
    });

    test("refuses softly over a limit: the client learns why and when to come again, and who is there stays", async () => {
      const hub = createHub({ limits: { connections: 1 } });
      const { get } = await start({ "/": { hub } });
      const first = await joined(get("/"));
      const { status, headers, body } = await get("/");
      expect(status).toBe(200);
      expect(headers["content-type"]).toBe("text/event-stream");
      expect(await body.all()).toContain("event: sse:refused\n");
      expect(body.text).toContain('data: {"reason":"connections"}\n');
      expect(await body.end).toBe("ended");
      expect(retryOf(body)).toBeGreaterThanOrEqual(5_000);
      expect(retryOf(body)).toBeLessThanOrEqual(15_000);
      await hub.broadcast({ event: "still", data: "here" });
      await hub.close();
      expect(await eventsOf(first)).toEqual(["still here"]);
    });

    test("refuses over a limit with 503 and Retry-After where that is asked for", async () => {
      const hub = createHub({ limits: { connectionsPerUser: 1, refusal: "status" } });
      const { get, errors } = await start(
        { "/": { hub, subscribe: () => ({ user: "ann" }) } },
        { "X-Request-Id": "7" },
      );
      await joined(get("/"));
      const { status, headers, body } = await get("/");
      expect(status).toBe(503);
      expect(Number(headers["retry-after"])).toBeGreaterThanOrEqual(5);
      expect(Number(headers["retry-after"])).toBeLessThanOrEqual(15);
      expect(headers["x-request-id"]).toBe("7");
      expect(headers["content-type"] ?? "").not.toContain("event-stream");
      expect(await body.all()).toBe("");
      expect(errors).toEqual([]);
      await hub.close();
    });

    test("ends a stream in order when its right to be there expires, and no other", async () => {
      const clock = new ManualClock();
      const hub = createHub({ clock });
      const { get } = await start({
        "/": { hub, subscribe: () => ({ expires: new Date(clock.now() + 60_000) }) },
        "/for-ever": { hub },
      });
      const expiring = await joined(get("/"));
      const other = await joined(get("/for-ever"));
      await hub.broadcast({ event: "n", data: "1" });
      await clock.pass(61_000);
      expect(await eventsOf(expiring)).toEqual(["n 1"]);
      expect(await expiring.end).toBe("ended");
      await hub.broadcast({ event: "n", data: "2" });
      await hub.close();
      expect(await eventsOf(other)).toEqual(["n 1", "n 2"]);
    });

    test("drains one client after the other, and who moves on to the next hub of the log misses nothing", async () => {
      const clock = new ManualClock();
      const log = createMemoryLog();
      const old = createHub({ log, clock });
      const next = createHub({ log });
      const { get } = await start({ "/old": { hub: old }, "/next": { hub: next } });
      const clients = await Promise.all(Array.from({ length: 4 }, () => joined(get("/old"))));
      const ended = new Set<number>();
      clients.forEach((body, client) => void body.end.then(() => ended.add(client)));
      await old.broadcast({ event: "n", data: "0" });
      const closing = old.close({ drain: 4_000 });
      const moved = [];
      for (let step = 1; step <= clients.length; step++) {
        await settle(1);
        await clock.pass(1_000);
        await until(() => ended.size === step);
        // A hub publishes until its last client has left.
        const publisher = step < clients.length ? old : next;
        await publisher.broadcast({ event: "n", data: String(step) });
        const before = clients[[...ended].at(-1) ?? 0]!;
        const response = get("/next", { headers: { "Last-Event-ID": lastIdOf(before) } });
        moved.push([before, await joined(response)] as const);
      }
      await closing;
      await next.broadcast({ event: "n", data: "last" });
      await next.close();
      const all = ["n 0", "n 1", "n 2", "n 3", "n 4", "n last"];
      for (const [before, after] of moved) {
        expect([...(await eventsOf(before)), ...(await eventsOf(after))]).toEqual(all);
        expect(await before.end).toBe("ended");
      }
      await log.close();
    });
  });
}
