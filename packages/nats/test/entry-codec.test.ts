import { headers } from "@nats-io/nats-core";
import type { Channel, NewLogEntry } from "@sse/hub/log";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { addressees, decodeEntry, type EncodedEntry, encodeEntry, isSameEntry } from "../src/entry-codec.js";
import { subjectsOf } from "../src/subjects.js";

const subjects = subjectsOf("hub");

const text = fc.string({ unit: "binary" });
const name = fc.oneof(
  fc.string({ unit: "binary", minLength: 1, maxLength: 256 }),
  fc.constantFrom("a", "%", "=41", "*", ">", "."),
);
const channel: fc.Arbitrary<Channel> = fc.oneof(
  fc.constant<Channel>("*"),
  name.map((topic): Channel => `topic:${topic}`),
  name.map((user): Channel => `user:${user}`),
);
const newEntry: fc.Arbitrary<NewLogEntry> = fc.record(
  {
    channels: fc.uniqueArray(channel, { minLength: 1, maxLength: 4 }),
    data: text,
    event: text.map((event) => event.replace(/[\r\n\0]/g, " ")),
    conflateKey: text,
  },
  { requiredKeys: ["channels", "data"] },
);

describe("an entry as a message", () => {
  test("is decoded to what was encoded, whatever its texts hold", () => {
    fc.assert(
      fc.property(newEntry, (entry) => {
        expect(decodeEntry(traveled(encodeEntry(entry, subjects)), subjects)).toEqual(entry);
      }),
    );
  });

  test("has a subject that NATS takes and the stream captures", () => {
    fc.assert(
      fc.property(newEntry, (entry) => {
        const { subject } = encodeEntry(entry, subjects);
        expect(subject).toMatch(/^hub\.(all|many|[tu]\.[A-Za-z0-9_=-]{1,200})$/);
      }),
    );
  });

  test("is the same as another only if the entries are equal, but for the connections that they except", () => {
    fc.assert(
      fc.property(newEntry, newEntry, (one, other) => {
        const encoded = encodeEntry(one, subjects);
        expect(isSameEntry(traveled(encoded), encoded)).toBe(true);
        const [content, otherContent] = [one, other].map(({ except: _except, ...rest }) => rest);
        const equal = JSON.stringify(content) === JSON.stringify(otherContent);
        expect(isSameEntry(traveled(encoded), encodeEntry(other, subjects))).toBe(equal);
      }),
    );
  });

  test.each<[string, readonly Channel[]]>([
    ["hub.all", ["*"]],
    ["hub.t.price-1_A", ["topic:price-1_A"]],
    ["hub.t.gr=C3=B6=C3=9Fe", ["topic:größe"]],
    ["hub.t.a=2Eb", ["topic:a.b"]],
    ["hub.u.=2A", ["user:*"]],
    ["hub.many", ["topic:a", "user:b"]],
    ["hub.many", [`topic:${"x".repeat(201)}`]],
  ])("goes to %s for %j", (subject, channels) => {
    const encoded = encodeEntry({ channels, data: "" }, subjects);
    expect(encoded.subject).toBe(subject);
    expect(addressees(traveled(encoded), subjects)).toEqual({ channels, shared: subject === "hub.many" });
  });
});

describe("a foreign message", () => {
  const payload = new TextEncoder().encode("x");

  test("on a topic's subject is an entry", () => {
    const message = { subject: "hub.t.news", headers: undefined, payload, storedAt: 0 };
    expect(decodeEntry(message, subjects)).toEqual({ channels: ["topic:news"], data: "x" });
  });

  test.each<[string, Record<string, string>]>([
    ["hub.many", {}],
    ["hub.many", { "Sse-Channels": "nonsense" }],
    ["hub.many", { "Sse-Channels": "[]" }],
    ["hub.many", { "Sse-Channels": '["other"]' }],
    ["hub.many", { "Sse-Channels": "[1]" }],
    ["hub.t.=FF", {}],
    ["hub.x.a", {}],
    ["other.t.a", {}],
    ["hub.all", { "Sse-Event": '"unfinished' }],
    ["hub.all", { "Sse-Event": '"a\\nb"' }],
    ["hub.all", { "Sse-Conflate-Key": '"' }],
  ])("on %s with the headers %j is no entry", (subject, fields) => {
    const message = { subject, headers: headers(), payload, storedAt: 0 };
    for (const [field, value] of Object.entries(fields)) message.headers.set(field, value);
    expect(decodeEntry(message, subjects)).toBeUndefined();
  });
});

/** The message as it comes out of the connection: header values are trimmed there. */
function traveled({ subject, headers: sent, payload }: EncodedEntry) {
  const received = headers();
  for (const [field, [value = ""]] of sent) {
    expect(value).toMatch(/^[ -~]*$/);
    received.set(field, value.trim());
  }
  return { subject, headers: received, payload, storedAt: 0 };
}
