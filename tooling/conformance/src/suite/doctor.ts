import { createEventParser, type ParsedEvent } from "@sse/core";
import { describe, expect, test } from "vitest";
import type { Harness, TestServer } from "../harness.js";

/** Returns the events of a response that ends by itself. */
async function eventsOf({ get }: TestServer, path: string, lastEventId?: string): Promise<ParsedEvent[]> {
  const headers = lastEventId === undefined ? {} : { "Last-Event-ID": lastEventId };
  const { body } = await get(path, { headers });
  const events: ParsedEvent[] = [];
  createEventParser({ onEvent: (event) => events.push(event) }).feed(await body.all());
  return events;
}

function names(events: readonly ParsedEvent[]): string[] {
  return events.map(({ event }) => event);
}

/** The endpoint that the `doctor` program of `@sse/client` examines. */
export function describeDoctorEndpoint({ start }: Harness): void {
  describe("doctorEndpoint", () => {
    test("sends a series with heartbeats between, which a client resumes", async () => {
      const server = await start({ "/": { doctor: {} } });
      const events = await eventsOf(server, "/");
      const drips = Array.from({ length: 8 }, () => "doctor:drip");
      expect(names(events)).toEqual(["doctor:hello", ...drips, "doctor:end"]);
      const resumed = await eventsOf(server, "/", events[6]?.id);
      expect(JSON.parse(resumed[0]!.data)).toMatchObject({ received: { lastEventId: events[6]?.id } });
      expect(names(resumed)).toEqual(["doctor:hello", "doctor:drip", "doctor:drip", "doctor:end"]);
      const [one, other] = [events, resumed].map(([hello]) => JSON.parse(hello!.data).stream);
      expect(one).not.toBe(other);
    });

    test("is silent for as long as it is asked to, with heartbeats on request", async () => {
      const server = await start({ "/": { doctor: {} } });
      expect(names(await eventsOf(server, "/?doctor=silence&for=50"))).toEqual([
        "doctor:hello",
        "doctor:end",
      ]);
      const { body } = await server.get("/?doctor=silence&for=200&heartbeat=50");
      expect((await body.all()).match(/^:/gm)).toHaveLength(3);
    });

    test("says whether a client has left, as soon as it has", async () => {
      const server = await start({ "/": { doctor: {} } });
      const { body, leave } = await server.get("/?doctor=leave");
      const hello = /^data: (.*)$/m.exec(await body.until("\n\n"))?.[1] ?? "";
      const { stream } = JSON.parse(hello);
      leave();
      const left = (await eventsOf(server, `/?doctor=left&stream=${stream}`)).at(-1);
      expect(left).toMatchObject({ event: "doctor:left", data: '{"known":true,"left":true}' });
      const other = (await eventsOf(server, "/?doctor=left&stream=other")).at(-1);
      expect(other).toMatchObject({ event: "doctor:left", data: '{"known":false,"left":false}' });
    });

    test("serves a bounded number of clients at once, and has the headers that it is given", async () => {
      const server = await start({ "/": { doctor: { maxStreams: 1, headers: { "X-Own": "1" } } } });
      const { headers, body, leave } = await server.get("/?doctor=silence&for=600000");
      expect(headers["x-own"]).toBe("1");
      await body.until("doctor:hello");
      expect((await server.get("/")).status).toBe(503);
      leave();
      while ((await server.get("/?doctor=silence&for=0")).status === 503);
    });
  });
}
