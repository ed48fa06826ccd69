import { hubStream } from "@sse/koa";
import type { Context, Middleware } from "koa";
import { connectionId, messageText, ownName, personName, roomName, roomNames } from "./checks.js";
import { RequestError } from "./errors.js";
import type { ChatHub, Typing } from "./events.js";
import { broadcast, sayInRoom, sendDirect } from "./messages.js";
import { allParameters, type Parameters, queryParameters } from "./parameters.js";
import { listRooms } from "./rooms.js";
import type { Routes } from "./router.js";
import { announceTyping } from "./typing.js";

/** The number of messages that a new client receives. */
const history = 50;

/**
 * The endpoints of the chat: one stream to read, and small requests to write.
 *
 * @param awayTime milliseconds before a page that was dropped at its own request reconnects.
 */
export function chatRoutes(hub: ChatHub, awayTime: number): Routes {
  const stream = hubStream(hub, (ctx) => {
    const parameters = queryParameters(ctx);
    return {
      user: ownName(parameters, "username"),
      topics: roomNames(parameters, "rooms"),
      replay: { last: history },
    };
  });

  return {
    "/chat/sse": { GET: stream },
    "/chat/users": { GET: json(() => hub.users()) },
    "/chat/rooms": { GET: json(() => listRooms(hub)) },
    "/chat/broadcast": { POST: message((p) => broadcast(hub, ownName(p, "from"), messageText(p))) },
    "/chat/room": {
      POST: message((p) => sayInRoom(hub, ownName(p, "from"), roomName(p, "room"), messageText(p))),
    },
    "/chat/direct": {
      POST: message((p) => sendDirect(hub, ownName(p, "from"), personName(p, "to"), messageText(p))),
    },
    "/chat/typing": { POST: post((p) => announceTyping(hub, typing(p))) },
    "/chat/drop": { POST: post((p) => drop(hub, connectionId(p), awayTime)) },
  };
}

/**
 * Publishes that a person is typing, to the audience of the coming message: `room`, `to`, or
 * neither.
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
function message(send: (parameters: Parameters) => Promise<string>): Middleware {
  return post(async (parameters) => ({ id: await send(parameters) }));
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
