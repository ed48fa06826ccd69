import { describe, expect, test } from "vitest";
import { badResponse, isEventStream, isRetryable } from "../../src/transport/response.js";
import { ManualClock, turns } from "../support/clock.js";

test.each([
  [200, "text/event-stream", true],
  [200, "text/event-stream;charset=utf-8", true],
  [200, "Text/Event-Stream ; x=1", true],
  [201, "text/event-stream", true],
  [200, "text/event-streams", false],
  [200, "text/plain, text/event-stream", true],
  [200, "text/event-stream, text/event-stream", true],
  [200, "application/json, text/event-stream; charset=utf-8", true],
  [200, "text/event-stream, */*", true],
  [200, "text/event-stream, no type", true],
  [200, 'text/event-stream; x="a, text/html"', true],
  [200, 'text/html; x="a, text/event-stream', false],
  [200, "text/event-stream, text/html", false],
  [200, "text/event-stream bogus", false],
  [200, "text/html", false],
  [200, "", false],
  [200, null, false],
  [304, "text/event-stream", false],
  [404, "text/event-stream", false],
  [500, "text/event-stream", false],
])("status %i with %j is an event stream: %s", (status, contentType, expected) => {
  const headers = contentType === null ? {} : { "content-type": contentType };
  expect(isEventStream(new Response(null, { status, headers }))).toBe(expected);
});

test("only no answer, 408, 425, 429 and 5xx may pass", () => {
  const statuses = Array.from({ length: 500 }, (_, index) => index + 100);
  const passing = statuses.filter(isRetryable);
  expect(passing.filter((status) => status < 500)).toEqual([408, 425, 429]);
  expect(passing.filter((status) => status >= 500)).toHaveLength(100);
  expect(isRetryable(undefined)).toBe(true);
});

describe("the error of a bad response", () => {
  test("holds the status, the headers and the beginning of the body", async () => {
    const response = new Response("é".repeat(5_000), {
      status: 418,
      headers: { "x-a": "b", "content-type": "text/html" },
    });
    const error = await badResponse(response, new ManualClock());
    expect(error).toMatchObject({ code: "bad-response", status: 418, headers: { "x-a": "b" } });
    expect(error.message).toContain("418, text/html");
    expect(error.body).toMatch(/^é{1024}$/);
  });

  test("comes without the rest of a body that does not come", async () => {
    const clock = new ManualClock();
    let canceled = false;
    const body = new ReadableStream({
      start: (controller) => controller.enqueue(new TextEncoder().encode("Not")),
      cancel: () => {
        canceled = true;
      },
    });
    const error = badResponse(new Response(body, { status: 404 }), clock);
    await turns();
    expect(clock.pending).toBe(1);
    await clock.pass(5_000);
    expect([(await error).body, canceled, clock.pending]).toEqual(["Not", true, 0]);
  });

  test("takes no more of an endless body than it shows", async () => {
    let pulls = 0;
    const body = new ReadableStream({
      pull: (controller) => {
        pulls += 1;
        controller.enqueue(new Uint8Array(100).fill(120));
      },
    });
    const error = await badResponse(new Response(body, { status: 200 }), new ManualClock());
    expect(error.body).toHaveLength(1_024);
    expect(pulls).toBeLessThan(15);
  });

  test("comes also when the body breaks", async () => {
    const body = new ReadableStream({ start: (controller) => controller.error(new Error("cut")) });
    expect((await badResponse(new Response(body, { status: 500 }), new ManualClock())).body).toBe("");
  });
});
