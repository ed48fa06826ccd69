import type { ChatHub, ChatMessage, MessageKind } from "./events.js";

/** Sends a message to everybody, in whatever rooms. Resolves to the event's id. */
export function broadcast(hub: ChatHub, from: string, text: string): Promise<string> {
  return hub.broadcast({ event: "broadcast", data: message("broadcast", from, "", text) });
}

/** Sends a message to the followers of a room. Resolves to the event's id. */
export function sayInRoom(hub: ChatHub, from: string, room: string, text: string): Promise<string> {
  return hub.publish(room, { event: "room", data: message("room", from, room, text) });
}

/**
 * Sends a message to one person; all tabs of the sender receive it too. Resolves to the event's id.
 */
export function sendDirect(hub: ChatHub, from: string, to: string, text: string): Promise<string> {
  return hub.sendTo([from, to], { event: "direct", data: message("direct", from, to, text) });
}

function message(Type: MessageKind, From: string, To: string, Message: string): ChatMessage {
  return { Type, From, To, Message, Timestamp: new Date().toISOString() };
}
