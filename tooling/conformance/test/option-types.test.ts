import { createEventParser, EventEncoderStream, encodeEvent } from "@sse/core";
import { createHub, createMemoryLog, type Hub } from "@sse/hub";
import * as node from "@sse/node";
import * as web from "@sse/web";
import { afterEach, beforeEach, expect, test } from "vitest";

/** Options with one value of a wrong type, typed as anything, as JavaScript passes them. */
type Wrong = never;

/** A function, its options that must not be of any type, and a call of it. */
type Case = readonly [title: string, names: string, call: (options: Wrong) => unknown];

let hub: Hub;
beforeEach(() => {
  hub = createHub();
});
afterEach(() => hub.close());

const response = "status headers methods highWaterMark closeTimeout onError";
const stream = `${response} serialize heartbeat stallTimeout`;
const endpoint = "authorize maxEvents onError";

const cases: readonly Case[] = [
  ["encodeEvent", "serialize", (options) => encodeEvent({ data: 1 }, options)],
  ["new EventEncoderStream", "serialize", (options) => new EventEncoderStream(options)],
  [
    "createEventParser",
    "onRetry onComment onError maxEventSize",
    (options) => createEventParser({ onEvent: () => {}, ...(options as object) }),
  ],
  [
    "createHub",
    "log bus clock events heartbeat limits slowReader window cluster presenceGrace retry serialize onGap",
    (options) => createHub(options),
  ],
  ["createMemoryLog", "now maxEvents maxBytes maxAge", (options) => createMemoryLog(options)],
  ["publish", "ephemeral except timeout", (options) => hub.publish("a", { data: 1 }, options)],
  ["connections", "topic user", (filter) => hub.connections(filter)],
  ["close", "drain", (options) => createHub().close(options)],
  ["on", "listener", ({ listener }) => hub.on("connect", listener)],
  ["isOnline", "user", ({ user }) => hub.isOnline(user)],
  ["node: eventStream", stream, (options) => node.eventStream(() => {}, options)],
  ["web: eventStream", stream, (options) => web.eventStream(() => {}, options)],
  ["node: hubStream", response, (options) => node.hubStream(hub, () => ({}), options)],
  ["web: hubStream", response, (options) => web.hubStream(hub, () => ({}), options)],
  [
    "node: publishEndpoint",
    endpoint.replace(" onError", ""),
    (options) => node.publishEndpoint(hub, { authorize: () => true, ...(options as object) }),
  ],
];

const wrong: readonly unknown[] = [Symbol("wrong"), -1n, [-1], -1];

test.each(
  cases.flatMap(([title, names, call]) => names.split(" ").map((name) => [title, name, call] as const)),
)("%s refuses a %s of a wrong type", async (_title, name, call) => {
  for (const value of wrong) {
    const failure = await failureOf(() => call({ [name]: value } as Wrong));
    expect([String(value), failure]).toEqual([
      String(value),
      expect.objectContaining({ name: "SseError", code: "invalid-option" }),
    ]);
  }
});

async function failureOf(call: () => unknown): Promise<unknown> {
  try {
    await call();
  } catch (error) {
    return error;
  }
  return undefined;
}
