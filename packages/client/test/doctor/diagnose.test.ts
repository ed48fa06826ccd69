import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { diagnose } from "../../src/doctor/diagnose.js";
import type { Finding } from "../../src/doctor/finding.js";
import type { Observations } from "../../src/doctor/observations.js";
import { formatDiagnosis } from "../../src/doctor/report.js";
import { healthy, observation, series, silent } from "../support/doctor-observations.js";

/** Returns the findings that are more than a note, as `severity code`. */
function faults(observations: Observations): string[] {
  return diagnose(observations)
    .findings.filter(({ severity }) => severity === "problem" || severity === "warning")
    .map(({ severity, code }) => `${severity} ${code}`);
}

function finding(observations: Observations, code: string): Finding {
  const found = diagnose(observations).findings.find((one) => one.code === code);
  if (found === undefined) throw new Error(`no finding ${code}`);
  return found;
}

const atTheEnd = (): number => 2_050;
const gzip = { "content-encoding": "gzip" };
const head = (changes: object) => ({ ...observation().head!, ...changes });

test("a healthy chain has no faults, and each subject one finding", () => {
  const { findings, healthy: isHealthy, endpoint } = diagnose(healthy());
  expect(faults(healthy())).toEqual([]);
  expect([isHealthy, endpoint]).toEqual([true, true]);
  expect(new Set(findings.map(({ subject }) => subject)).size).toBe(findings.length);
  expect(findings).toHaveLength(9);
});

describe("of a doctor endpoint", () => {
  test.each<[string, Partial<Observations>, string[]]>([
    [
      "events that arrive together are held back",
      { first: series({ arrival: atTheEnd }), again: series({ arrival: atTheEnd, stream: "b" }) },
      ["problem buffering"],
    ],
    [
      "events that arrive in groups are held back",
      {
        first: series({ arrival: (sent) => Math.ceil(sent / 1_000) * 1_000 + 5 }),
        again: series({ arrival: (sent) => Math.ceil(sent / 1_000) * 1_000 + 5, stream: "b" }),
      },
      ["problem buffering"],
    ],
    ["one series of two that is late is the machine's pause", { first: series({ arrival: atTheEnd }) }, []],
    [
      "a delay of each event is a warning",
      {
        first: series({ arrival: (sent) => (sent === 0 ? 5 : sent + 205) }),
        again: series({ arrival: (sent) => (sent === 0 ? 5 : sent + 205), stream: "b" }),
      },
      ["warning buffering"],
    ],
    [
      "compressed events that arrive together are compression, if they arrive at once without it",
      {
        first: series({ arrival: atTheEnd, headers: gzip }),
        again: series({ arrival: atTheEnd, headers: gzip, stream: "b" }),
        plain: series({ stream: "c" }),
      },
      ["problem compression"],
    ],
    [
      "compressed events that arrive together without compression, too, are buffering",
      {
        first: series({ arrival: atTheEnd, headers: gzip }),
        again: series({ arrival: atTheEnd, headers: gzip, stream: "b" }),
        plain: series({ arrival: atTheEnd, stream: "c" }),
      },
      ["problem buffering"],
    ],
    ["compression that flushes is no fault", { first: series({ headers: gzip }) }, []],
    [
      "a content type that a proxy has doubled is no fault",
      { first: series({ headers: { "content-type": "text/event-stream, text/event-stream" } }) },
      [],
    ],
    [
      "a silent stream that is cut before the default heartbeat",
      { silence: { stream: silent("cut", 1_000), asked: 20_000, heartbeat: 0 } },
      ["problem timeout"],
    ],
    [
      "a silent stream that is cut after it is a note",
      { silence: { stream: silent("cut", 16_000), asked: 20_000, heartbeat: 0 } },
      [],
    ],
    [
      "a lost Last-Event-ID",
      { resumed: series({ stream: "b", lastEventId: "a.4", received: { lastEventId: "" } }) },
      ["problem lost-header"],
    ],
    [
      "a lost Cache-Control",
      { first: series({ headers: { "cache-control": "no-cache" } }) },
      ["warning lost-header"],
    ],
    [
      "HTTP/1.0 to the application",
      { first: series({ received: { httpVersion: "1.0" } }) },
      ["warning http-1.0"],
    ],
    ["one name for two streams is a cache", { again: series() }, ["problem cache"]],
    [
      "a response with an age is a cache",
      { again: series({ stream: "b", headers: { age: "7" } }) },
      ["problem cache"],
    ],
    ["a client that leaves unnoticed", { leaving: { known: true } }, ["problem leaving"]],
    ["leaving noticed with the next write is a note", { leaving: { known: true, noticedAfter: 3_010 } }, []],
    ["leaving seen by another instance is a note", { leaving: { known: false } }, []],
    ["a host elsewhere without HTTP/2", { url: "https://example.com/" }, ["warning six-connections"]],
    [
      "a host elsewhere with HTTP/2",
      {
        url: "https://example.com/",
        first: { ...series({ received: { httpVersion: "2.0" } }), head: head({ httpVersion: "2.0" }) },
      },
      [],
    ],
    ["lost heartbeats", { first: { ...series(), comments: [] } }, ["problem no-heartbeats"]],
    [
      "a series that is cut",
      {
        first: {
          ...series({ count: 8 }),
          events: series().events.slice(0, 3),
          end: { after: 700, how: "cut" },
        },
      },
      ["problem ended"],
    ],
  ])("%s", (_name, changes, expected) => {
    expect(faults(healthy(changes))).toEqual(expected);
  });

  test("the fix is that of the server that answered, and then a general one", () => {
    const nginx = series({ arrival: atTheEnd, headers: { server: "nginx/1.22.1" } });
    const observations = healthy({ first: nginx, again: nginx });
    expect(diagnose(observations).answeredBy).toBe("nginx");
    expect(finding(observations, "buffering").fixes).toEqual([
      expect.stringContaining("nginx: `proxy_buffering off;`"),
      expect.stringContaining("HAProxy"),
    ]);
  });

  test("heartbeats that held a stream open are the proof of the fix", () => {
    const silence = { stream: silent("cut", 1_000), asked: 20_000, heartbeat: 0 };
    const heartbeats = { stream: silent("complete", 3_000), asked: 3_000, heartbeat: 500 };
    expect(finding(healthy({ silence, heartbeats }), "timeout").fixes.at(-1)).toMatch(
      /interval: 500 .*With one every 500 ms it stayed open for 3\.0 s/,
    );
  });
});

describe("of any other stream", () => {
  const event = (id: string) => ({ after: 10, event: "message", id, data: "1" });
  const foreign = (first: object, further: Partial<Observations> = {}): Observations => ({
    url: "http://127.0.0.1/",
    first: observation(first),
    ...further,
  });

  test.each<[string, Observations, string[]]>([
    ["with ids, and open", foreign({ events: [event("1")] }), []],
    ["without ids", foreign({ events: [event("")] }), ["warning no-resume"]],
    [
      "which starts again from the beginning",
      foreign(
        { events: [event("1"), event("2")] },
        { resumed: observation({ lastEventId: "2", events: [event("1"), event("2")] }) },
      ),
      ["warning no-resume"],
    ],
    [
      "which continues",
      foreign(
        { events: [event("1"), event("2")] },
        { resumed: observation({ lastEventId: "2", events: [event("3")] }) },
      ),
      [],
    ],
    ["that shows nothing", foreign({}), ["warning buffering"]],
    [
      "that shows something only without compression",
      foreign(
        { head: head({ headers: { ...observation().head!.headers, "content-encoding": "br" } }) },
        { plain: observation({ events: [event("1")] }) },
      ),
      ["problem compression"],
    ],
    [
      "that is silent for long",
      foreign({ events: [event("1")], maxSilence: 20_000 }),
      ["warning no-heartbeats"],
    ],
    [
      "that is cut",
      foreign({ events: [event("1")], end: { after: 5_005, how: "cut" }, lastByteAfter: 5 }),
      ["problem timeout"],
    ],
    [
      "that may be stored",
      foreign({ events: [event("1")], head: head({ headers: { "content-type": "text/event-stream" } }) }),
      ["warning cache"],
    ],
    [
      "that was stored",
      foreign({
        events: [event("1")],
        head: head({ headers: { "content-type": "text/event-stream", "x-cache": "HIT from edge" } }),
      }),
      ["problem cache"],
    ],
    [
      "in HTTP/1.0",
      foreign({ events: [event("1")], head: head({ httpVersion: "1.0" }) }),
      ["warning http-1.0"],
    ],
  ])("%s", (_name, observations, expected) => {
    expect(faults(observations)).toEqual(expected);
    expect(formatDiagnosis(diagnose(observations))).toContain("no doctor endpoint");
  });

  test.each<[string, object, string]>([
    ["no connection", { head: undefined, end: { after: 1, how: "failed", error: "refused" } }, "unreachable"],
    ["no head in time", { head: undefined }, "no-response"],
    ["another status", { head: head({ status: 404 }) }, "status"],
    ["a page", { head: head({ headers: { "content-type": "text/html" } }) }, "content-type"],
    [
      "a stream whose last content type is another one",
      { head: head({ headers: { "content-type": "text/event-stream, text/html" } }) },
      "content-type",
    ],
    ["no content type", { head: head({ headers: {} }) }, "content-type"],
  ])("%s is the only finding", (_name, first, code) => {
    expect(faults(foreign(first))).toEqual([`problem ${code}`]);
    expect(diagnose(foreign(first)).findings).toHaveLength(1);
  });
});

test("a head that arrives in time without compression alone is held back by the compressor", () => {
  const observations = {
    url: "http://127.0.0.1/",
    first: { ...observation(), head: undefined },
    plain: observation(),
  };
  expect(faults(observations)).toEqual(["problem compression"]);
});

describe("whatever was seen", () => {
  const arrivals = fc.array(fc.integer({ min: 0, max: 5_000 }), { minLength: 9, maxLength: 9 });
  const anySeries = arrivals.map((delays) => {
    // A stream keeps its order.
    let newest = 0;
    return series({
      arrival: (sent) => {
        newest = Math.max(newest, sent + (delays[sent / 250] ?? 0));
        return newest;
      },
      stream: "b",
    });
  });
  const text = fc.string({ unit: "binary", maxLength: 40 });
  const anyStream = fc
    .record({
      head: fc.option(
        fc.record({
          after: fc.nat(),
          status: fc.constantFrom(200, 200, 200, 204, 500),
          httpVersion: fc.constantFrom("1.0", "1.1", "2.0"),
          headers: fc.dictionary(
            fc.constantFrom(
              "content-type",
              "cache-control",
              "server",
              "via",
              "age",
              "content-encoding",
              "x-cache",
            ),
            fc.oneof(text, fc.constantFrom("text/event-stream", "nginx", "gzip", "no-cache")),
          ),
        }),
        { nil: undefined },
      ),
      events: fc.array(
        fc.record({
          after: fc.nat(),
          event: fc.oneof(text, fc.constantFrom("doctor:hello", "doctor:drip", "doctor:end")),
          id: text,
          data: fc.oneof(text, fc.json()),
        }),
      ),
      end: fc.record({ after: fc.nat(), how: fc.constantFrom("complete", "cut", "left", "failed" as const) }),
    })
    .map((changes) => observation(changes as Partial<Observations["first"]>));

  test("there is one finding for each subject at most, and the verdict is theirs", () => {
    const optional = fc.option(fc.oneof(anyStream, anySeries), { nil: undefined });
    fc.assert(
      fc.property(
        fc.oneof(anyStream, anySeries),
        fc.record({ again: optional, resumed: optional, plain: optional }),
        (first, further) => {
          const observations = { url: "http://127.0.0.1/", first, ...further };
          const diagnosis = diagnose(observations);
          const subjects = diagnosis.findings.map(({ subject }) => subject);
          expect(new Set(subjects).size).toBe(subjects.length);
          const problems = diagnosis.findings.filter(({ severity }) => severity === "problem");
          expect(diagnosis.healthy).toBe(problems.length === 0);
          expect(problems.every(({ code }) => code !== "ok")).toBe(true);
          for (const { seen } of diagnosis.findings) expect(formatDiagnosis(diagnosis)).toContain(seen);
        },
      ),
    );
  });

  test("how far away the server is does not matter: a delay that is the same for all events is none", () => {
    fc.assert(
      fc.property(anySeries, fc.nat({ max: 10_000 }), (first, distance) => {
        const farther = {
          ...first,
          events: first.events.map((event) => ({ ...event, after: event.after + distance })),
        };
        expect(faults(healthy({ first: farther, again: farther }))).toEqual(
          faults(healthy({ first, again: first })),
        );
      }),
    );
  });

  test("events that are each less than 150 ms late are never held back", () => {
    const prompt = fc.array(fc.nat({ max: 149 }), { minLength: 9, maxLength: 9 });
    fc.assert(
      fc.property(prompt, (delays) => {
        const first = series({ arrival: (sent) => sent + (delays[sent / 250] ?? 0) });
        expect(faults(healthy({ first }))).toEqual([]);
      }),
    );
  });
});
