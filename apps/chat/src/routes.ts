import { eventStream, hubStream, isSseError, runStream, subscriptionEndpoint } from "@sse/koa";
import { sendSamples } from "@sse/ui/server";
import type { Context, Middleware } from "koa";
import { ask, stop } from "./answers.js";
import {
  connectionId,
  idempotencyKey,
  messageText,
  ownName,
  personName,
  processId,
  roomName,
  roomNames,
  runId,
} from "./checks.js";
import { RequestError } from "./errors.js";
import type { ChatHub, Served, Typing } from "./events.js";
import { readHistory } from "./history.js";
import { killInstance } from "./kill.js";
import { broadcast, type Sender, sayInRoom, sendDirect } from "./messages.js";
import { allParameters, type Parameters, queryParameters } from "./parameters.js";
import { listRooms } from "./rooms.js";
import type { Routes } from "./router.js";
import { announceTyping } from "./typing.js";

/** The number of messages that a new client receives. */
const history = 50;

/** The maximum number of rooms that one connection follows. */
const maxTopics = 20;

/** Durations of the endpoints, in milliseconds. */
export interface RouteTimes {
  /** The time before a page that was dropped at its own request reconnects. */
  readonly awayTime: number;
  /** The time between two words of an answer. */
  readonly wordTime: number;
}

/** The endpoints of the chat: one stream to read, and small requests to write. */
export function chatRoutes(hub: ChatHub, { awayTime, wordTime }: RouteTimes): Routes {
  return {
    "/chat/sse": { GET: chatStream(hub) },
    "/chat/subscription": {
      POST: subscriptionEndpoint(hub, { maxTopics, authorize: (_ctx, { subscribe }) => areRooms(subscribe) }),
    },
    "/chat/history": { GET: json((ctx) => past(hub, queryParameters(ctx))) },
    "/chat/users": { GET: json(() => hub.users()) },
    "/chat/rooms": { GET: json(() => listRooms(hub)) },
    "/chat/broadcast": { POST: message((p, sender) => broadcast(hub, sender, messageText(p))) },
    "/chat/room": {
      POST: message((p, sender) => sayInRoom(hub, sender, roomName(p, "room"), messageText(p))),
    },
    "/chat/direct": {
      POST: message((p, sender) => sendDirect(hub, sender, personName(p, "to"), messageText(p))),
    },
    "/chat/ask": {
      POST: post((p) =>
        ask(hub, { from: ownName(p, "from"), room: roomName(p, "room"), text: messageText(p), wordTime }),
      ),
    },
    "/chat/answer": { GET: runStream(hub, (ctx) => ({ run: runId(queryParameters(ctx)) })) },
    "/chat/stop": { POST: post((p) => stop(hub, runId(p))) },
    "/chat/typing": { POST: post((p) => announceTyping(hub, typing(p))) },
    "/chat/drop": { POST: post((p) => drop(hub, connectionId(p), awayTime)) },
    "/chat/kill": { POST: post((p) => killInstance(process, processId(p))) },
    "/hub/stats": { GET: eventStream((stream) => sendSamples(stream, () => ({ chat: hub }))) },
  };
}

/**
 * Serves the stream. With the parameter `page` it has no past, which the page reads by itself, and
 * begins with an event `served`.
 */
function chatStream(hub: ChatHub): Middleware {
  return hubStream(hub, (ctx) => {
    const parameters = queryParameters(ctx);
    const subscription = { user: ownName(parameters, "username"), topics: roomNames(parameters, "rooms") };
    if (!parameters.has("page")) return { ...subscription, replay: { last: history } };
    const data: Served = { Process: process.pid, Several: process.send !== undefined };
    return { ...subscription, initial: [{ event: "served", data }] };
  });
}

function areRooms(names: readonly string[]): boolean {
  return names.every((name) => roomName(new Map([["room", name]]), "room") === name);
}

/** Returns the past of a person, or without a name that of the rooms. */
async function past(hub: ChatHub, parameters: Parameters): Promise<object> {
  const user = parameters.has("username") ? ownName(parameters, "username") : undefined;
  const rooms = roomNames(parameters, "rooms");
  return { Messages: await readHistory(hub, { user, rooms, last: history }), Users: hub.users() };
}

/**
 * Publishes that a person is typing, to the audience of the next message: `room`, `to`, or neither.
 */
function typing(parameters: Parameters): Typing {
  const From = ownName(parameters, "from");
  if (parameters.has("room")) return { Type: "room", From, To: roomName(parameters, "room") };
  if (parameters.has("to")) return { Type: "direct", From, To: personName(parameters, "to") };
  return { Type: "broadcast", From, To: "" };
}

/**
 * Drops a connection. Its id cannot be guessed and is sent only to its own page, so a page can drop
 * no other.
 */
function drop(hub: ChatHub, connection: string, retry: number): { retry: number } {
  const dropped = hub.disconnect({ connection }, { retry }) > 0;
  // A connection that is not found may be on another instance, which has been notified.
  if (dropped || hub.stats().instances > 1) return { retry };
  throw new RequestError(404, {
    code: "unknown-connection",
    parameter: "connection",
    message: "There is no such connection. Give the one that the latest sse:live event of your stream names.",
  });
}

/** Publishes a message and responds with the id of its event. */
function message(send: (parameters: Parameters, sender: Sender) => Promise<string>): Middleware {
  return json(async (ctx) => {
    const parameters = await allParameters(ctx);
    const sender = { from: ownName(parameters, "from"), key: idempotencyKey(ctx.get("idempotency-key")) };
    return { id: await send(parameters, sender).catch(conflictAsProblem) };
  });
}

function conflictAsProblem(error: unknown): never {
  if (!isSseError(error) || error.code !== "idempotency-conflict") throw error;
  throw new RequestError(409, {
    code: "idempotency-conflict",
    message: "This Idempotency-Key was used for another message. Use another one.",
  });
}

function post(handler: (parameters: Parameters) => unknown): Middleware {
  return json(async (ctx) => handler(await allParameters(ctx)));
}

/** Responds with the handler's result as JSON, or with 204 if there is none. */
function json(handler: (ctx: Context) => unknown): Middleware {
  return async (ctx) => {
    ctx.body = await handler(ctx);
    ctx.set("Cache-Control", "no-store");
  };
}
