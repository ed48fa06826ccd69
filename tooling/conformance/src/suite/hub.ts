import { createHub } from "@sse/hub";
import { describe, expect, test } from "vitest";
import type { Body } from "../client.js";
import type { Harness } from "../harness.js";

/** What a hub's clients see. */
export function describeHubStream({ start }: Harness): void {
  describe("hubStream", () => {
    test("joins clients to the hub: everyone gets what is broadcast, others what they follow", async () => {
      const hub = createHub();
      const { get } = await start({
        "/": {
          hub,
          subscribe: async (request) => {
            const query = new URL(request.url ?? "", "http://localhost").searchParams;
            return { topics: query.getAll("topic"), user: query.get("user") ?? "nobody" };
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
  });
}

/** A client that is live. */
async function joined(response: Promise<{ body: Body }>): Promise<Body> {
  const { body } = await response;
  await body.until("event: sse:live");
  return body;
}

/** Names and data of the application's events, once the stream has ended. */
async function eventsOf(body: Body | undefined): Promise<string[]> {
  const text = (await body?.all()) ?? "";
  return [...text.matchAll(/^event: (?!sse:)(.*)\n(?:id: .*\n)?data: (.*)$/gm)].map(
    ([, name, data]) => `${name} ${data}`,
  );
}
