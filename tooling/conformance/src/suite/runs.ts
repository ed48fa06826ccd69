import { refuse } from "@sse/core";
import { createHub } from "@sse/hub";
import { describe, expect, test } from "vitest";
import type { RunRoute } from "../adapters/subject.js";
import type { Harness } from "../harness.js";
import { lastIdOf } from "./hub-client.js";

/** The route of a hub's runs, by query: `?run=…&user=…&plain`. */
function runsOf(runs: RunRoute["runs"]): RunRoute {
  return {
    runs,
    find: async ({ url = "" }) => {
      const query = new URL(url, "http://localhost").searchParams;
      if (query.has("refuse")) throw refuse(403);
      const user = query.get("user");
      const run = query.get("run") ?? "";
      return { run, controlEvents: !query.has("plain"), ...(user !== null && { user }) };
    },
  };
}

/** Describes the readers of a run. */
export function describeRunStream({ start }: Harness): void {
  describe("runStream", () => {
    test("sends a run from its beginning, then live, then its end, and closes", async () => {
      const hub = createHub();
      const { get } = await start({ "/": runsOf(hub) });
      const run = await hub.run("r");
      await run.append({ data: "one" });
      const { status, headers, body } = await get("/?run=r");
      expect(status).toBe(200);
      expect(headers["content-type"]).toBe("text/event-stream");
      await body.until('"replayed":1');
      await run.append({ data: "two" });
      await run.complete();
      const text = await body.all();
      expect([...text.matchAll(/^data: (one|two)$/gm)].map(([, data]) => data)).toEqual(["one", "two"]);
      expect(text.trimEnd()).toMatch(/event: sse:end\nid: [^\n]+\ndata: \{"state":"complete"\}$/);
      await hub.close();
    });

    test("continues after the client's last event id, and answers 204 to a client that has all", async () => {
      const hub = createHub();
      const { get } = await start({ "/": runsOf(hub) });
      const run = await hub.run("r");
      const id = await run.append({ data: "one" });
      await run.append({ data: "two" });
      await run.complete();
      const { body } = await get("/?run=r", { headers: { "Last-Event-ID": id } });
      expect(await body.all()).not.toContain("one");
      expect(body.text).toContain("data: two");
      const end = await get("/?run=r", { headers: { "Last-Event-ID": lastIdOf(body) } });
      expect(end.status).toBe(204);
      await hub.close();
    });

    test("refuses an unknown run, another user's, and what the callback refuses, ahead of the stream", async () => {
      const hub = createHub();
      const { get } = await start({ "/": runsOf(hub) });
      await hub.run("r", { user: "ann" });
      expect((await get("/?run=s")).status).toBe(404);
      expect((await get("/?run=r")).status).toBe(404);
      expect((await get("/?run=r&user=bob")).status).toBe(404);
      expect((await get("/?run=r&refuse")).status).toBe(403);
      expect((await get("/?run=r&user=ann", { method: "HEAD" })).status).toBe(200);
      expect((await get("/?run=s", { method: "HEAD" })).status).toBe(404);
      expect(hub.connectionCount()).toBe(0);
      await hub.close();
    });

    test("sends nothing of its own without control events", async () => {
      const hub = createHub();
      const { get } = await start({ "/": runsOf(hub) });
      const run = await hub.run("r");
      const { body } = await get("/?run=r&plain");
      await run.append({ data: "[DONE]" });
      await run.complete();
      expect(await body.all()).toMatch(/^retry: \d+\n+id: [^\n]+\ndata: \[DONE\]\n\n$/);
      await hub.close();
    });
  });
}
