import { createEventSource, runText } from "@sse/client";
import { createSharedEventSource } from "@sse/client/shared";
import {
  createEventParser,
  EventEncoderStream,
  EventParserStream,
  type EventSink,
  EventStream,
  encodeEvent,
  parseEvents,
  refuse,
} from "@sse/core";
import * as express from "@sse/express";
import * as fastify from "@sse/fastify";
import { createHub, createMemoryLog, describeEvents, type Hub } from "@sse/hub";
import * as koa from "@sse/koa";
import { createNatsLog } from "@sse/nats";
import * as node from "@sse/node";
import { createRedisLog } from "@sse/redis";
import { collect, createScriptedServer, ManualClock, MemorySink } from "@sse/testing";
import * as web from "@sse/web";
import { afterEach, beforeEach, expect, test } from "vitest";

/** An options object with a misspelled key, typed as anything, as JavaScript passes it. */
type Wrong = never;

/** Calls that receive a misspelled key, each with the key that is meant. */
type Case = readonly [title: string, key: string, call: (wrong: Wrong) => unknown];

let hub: Hub;
beforeEach(() => {
  hub = createHub();
});
afterEach(() => hub.close());

/** Returns a sink that writes nowhere. */
function sink(): EventSink {
  let close: () => void = () => {};
  const closed = new Promise<void>((resolve) => {
    close = resolve;
  });
  return { room: 1, closed, write: () => {}, drain: () => Promise.resolve(), close, destroy: close };
}

const CORE: Case[] = [
  ["encodeEvent: the event", "event", (wrong) => encodeEvent(wrong)],
  ["encodeEvent", "serialize", (wrong) => encodeEvent({ data: 1 }, wrong)],
  ["createEventParser", "onComment", (wrong) => createEventParser({ onEvent: () => {}, ...object(wrong) })],
  ["parseEvents", "lastEventId", (wrong) => parseEvents(new ReadableStream<Uint8Array>(), wrong)],
  ["new EventParserStream", "maxEventSize", (wrong) => new EventParserStream(wrong)],
  ["new EventEncoderStream", "serialize", (wrong) => new EventEncoderStream(wrong)],
  ["new EventStream", "heartbeat", (wrong) => new EventStream(sink(), wrong)],
  ["EventStream.send", "event", (wrong) => new EventStream(sink()).send(wrong)],
  ["refuse", "headers", (wrong) => refuse(401, wrong)],
  ["new WebSink", "closeTimeout", (wrong) => new web.WebSink(wrong)],
  ["new ResponseSink", "closeTimeout", (wrong) => new node.ResponseSink({} as never, wrong)],
];

const HUB: Case[] = [
  ["createHub", "presenceGrace", (wrong) => createHub(wrong)],
  ["createHub: cluster", "interval", (cluster) => createHub({ cluster })],
  ["createHub: heartbeat", "padding", (heartbeat) => createHub({ heartbeat })],
  ["createHub: limits", "eventBytes", (limits) => createHub({ limits })],
  ["createHub: slowReader", "policy", (slowReader) => createHub({ slowReader })],
  ["createHub: window", "maxBytes", (window) => createHub({ window })],
  ["createMemoryLog", "maxBytes", (wrong) => createMemoryLog(wrong)],
  ["connect", "topics", (wrong) => hub.connect(new EventStream(sink()), wrong)],
  ["connect: replay", "last", (replay) => hub.connect(new EventStream(sink()), { replay })],
  ["run", "maxBytes", (wrong) => hub.run("r", wrong)],
  ["run.append: the event", "event", async (wrong) => (await hub.run()).append(wrong)],
  ["connectRun", "lastEventId", (wrong) => hub.connectRun(new EventStream(sink()), wrong)],
  ["connections", "topic", (wrong) => hub.connections(wrong)],
  ["changeTopics", "subscribe", (wrong) => hub.changeTopics(hub.connect(new EventStream(sink())), wrong)],
  ["connection.send", "event", (wrong) => hub.connect(new EventStream(sink())).send(wrong)],
  ["describeEvents", "controlEvents", (wrong) => describeEvents(wrong)],
  ["publish", "ephemeral", (wrong) => hub.publish("a", { data: 1 }, wrong)],
  ["publish: the event", "event", (wrong) => hub.publish("a", wrong)],
  ["broadcast", "conflateKey", (wrong) => hub.broadcast({ data: 1 }, wrong)],
  ["sendTo", "timeout", (wrong) => hub.sendTo("u", { data: 1 }, wrong)],
  ["disconnect", "user", (wrong) => hub.disconnect(wrong)],
  ["disconnect: options", "retry", (wrong) => hub.disconnect({ user: "a" }, wrong)],
  ["users", "scope", (wrong) => hub.users("a", wrong)],
  ["topics", "scope", (wrong) => hub.topics(wrong)],
  ["isOnline", "scope", (wrong) => hub.isOnline("u", wrong)],
  ["connectionCount", "scope", (wrong) => hub.connectionCount("a", wrong)],
  ["close", "drain", (wrong) => hub.close(wrong)],
  ["on", "connect", (wrong) => hub.on(Object.keys(wrong)[0] as never, () => {})],
];

const authorize = (): boolean => true;
/** The functions of an adapter, whose types differ in the framework alone. */
type Adapter = Pick<
  typeof node,
  "doctorEndpoint" | "eventStream" | "hubStream" | "publishEndpoint" | "runStream" | "subscriptionEndpoint"
>;
const adapters = { express, fastify, koa, node, web } as unknown as Record<string, Adapter>;
const ADAPTERS: Case[] = Object.entries(adapters).flatMap(([name, adapter]): Case[] => [
  [`${name}: doctorEndpoint`, "maxStreams", (wrong) => adapter.doctorEndpoint(wrong)],
  [`${name}: eventStream`, "heartbeat", (wrong) => adapter.eventStream(() => {}, wrong)],
  [`${name}: hubStream`, "closeTimeout", (wrong) => adapter.hubStream(hub, () => ({}), wrong)],
  [`${name}: runStream`, "closeTimeout", (wrong) => adapter.runStream(hub, () => ({ run: "r" }), wrong)],
  [
    `${name}: publishEndpoint`,
    "maxEvents",
    (wrong) => adapter.publishEndpoint(hub, { authorize, ...object(wrong) }),
  ],
  [
    `${name}: subscriptionEndpoint`,
    "maxTopics",
    (wrong) => adapter.subscriptionEndpoint(hub, { authorize, ...object(wrong) }),
  ],
]);

const url = "http://127.0.0.1:1/";
const CLIENT: Case[] = [
  [
    "createEventSource",
    "headers",
    (wrong) => createEventSource(url, { autoConnect: false, ...object(wrong) }),
  ],
  ["createEventSource: retry", "maxDelay", (retry) => createEventSource(url, { autoConnect: false, retry })],
  [
    "createSharedEventSource",
    "headers",
    (wrong) => createSharedEventSource(url, { autoConnect: false, ...object(wrong) }),
  ],
  ["runText", "delta", (wrong) => runText(createEventSource(url, { autoConnect: false }), wrong)],
];

const TESTING: Case[] = [
  ["collect", "timeout", (wrong) => collect("", 1, wrong)],
  ["createScriptedServer", "retry", (wrong) => createScriptedServer(wrong)],
  ["new ManualClock", "ticks", (wrong) => new ManualClock(wrong)],
  ["new MemorySink", "highWaterMark", (wrong) => new MemorySink(wrong)],
];

const REDIS: Case[] = [
  [
    "createRedisLog",
    "durable",
    (wrong) => createRedisLog({ url: "redis://localhost", key: "a", ...object(wrong) }),
  ],
  [
    "createRedisLog: topics",
    "maxAge",
    (a) => createRedisLog({ url: "redis://localhost", key: "a", topics: { a } }),
  ],
];

const NATS: Case[] = [
  [
    "createNatsLog",
    "durable",
    (wrong) => createNatsLog({ servers: "localhost", stream: "a", ...object(wrong) }),
  ],
];

const cases = [...CORE, ...HUB, ...ADAPTERS, ...CLIENT, ...TESTING, ...REDIS, ...NATS];

test.each(cases)("%s refuses a misspelled %s and names the right one", async (_title, key, call) => {
  const error = await failureOf(() => call({ [misspelled(key)]: 1 } as Wrong));
  expect(error).toMatchObject({ name: "SseError", message: expect.stringContaining(key) });
  expect(error).toMatchObject({ message: expect.stringContaining(misspelled(key)) });
});

/** Leaves out the second letter. */
function misspelled(key: string): string {
  return key.charAt(0) + key.slice(2);
}

function object(wrong: Wrong): object {
  return wrong;
}

async function failureOf(call: () => unknown): Promise<unknown> {
  try {
    await call();
  } catch (error) {
    return error;
  }
  return undefined;
}
