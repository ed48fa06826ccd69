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

/** How many messages are shown to those who join. */
const history = 50;

/** How the endpoints behave. */
export interface ChatSettings {
  /** Milliseconds for which a page that asks to be dropped is kept away. */
  away: number;
}

/** The endpoints of the chat: one stream to read, and small requests to write. */
export function chatRoutes(hub: ChatHub, { away }: ChatSettings): Routes {
  const stream = hubStream(hub, (ctx) => {
    const parameters = queryParameters(ctx);
    return {
      user: ownName(parameters, "username"),
      topics: roomNames(parameters, "rooms"),
      replay: { last: history },
    };
  });

  const sayToAll = (parameters: Parameters): Promise<string> =>
    broadcast(hub, ownName(parameters, "from"), messageText(parameters));

  const sayToRoom = (parameters: Parameters): Promise<string> =>
    sayInRoom(hub, ownName(parameters, "from"), roomName(parameters, "room"), messageText(parameters));

  const sayToPerson = (parameters: Parameters): Promise<string> =>
    sendDirect(hub, ownName(parameters, "from"), personName(parameters, "to"), messageText(parameters));

  return {
    "/chat/sse": { GET: stream },
    "/chat/users": { GET: json(() => hub.users()) },
    "/chat/rooms": { GET: json(() => listRooms(hub)) },
    "/chat/broadcast": { POST: json(async (ctx) => ({ id: await sayToAll(await allParameters(ctx)) })) },
    "/chat/room": { POST: json(async (ctx) => ({ id: await sayToRoom(await allParameters(ctx)) })) },
    "/chat/direct": { POST: json(async (ctx) => ({ id: await sayToPerson(await allParameters(ctx)) })) },
    "/chat/typing": { POST: json(async (ctx) => announceTyping(hub, typing(await allParameters(ctx)))) },
    "/chat/drop": { POST: json(async (ctx) => drop(hub, connectionId(await allParameters(ctx)), away)) },
  };
}

/** Who is writing, and to whom, told like the message that is to come: by `room` or `to`, or neither. */
function typing(parameters: Parameters): Typing {
  const From = ownName(parameters, "from");
  if (parameters.has("room")) return { Type: "room", From, To: roomName(parameters, "room") };
  if (parameters.has("to")) return { Type: "direct", From, To: personName(parameters, "to") };
  return { Type: "broadcast", From, To: "" };
}

/** Ends a connection and keeps its client away. The id is unguessable and only its own client is told it, so it is right enough. */
function drop(hub: ChatHub, connection: string, away: number): ChatSettings {
  if (hub.disconnect({ connection }, { retry: away }) > 0) return { away };
  throw new RequestError(404, {
    code: "unknown-connection",
    parameter: "connection",
    message: "There is no such connection. Give the one that the latest sse:live event of your stream names.",
  });
}

/** Answers with what the handler makes of the request, as JSON, or with 204 if that is nothing. */
function json(handler: (ctx: Context) => unknown): Middleware {
  return async (ctx) => {
    ctx.body = await handler(ctx);
    ctx.set("Cache-Control", "no-store");
  };
}
