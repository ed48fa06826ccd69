import type { ChatHub, ChatMessage, MessageKind } from "./events.js";

/** Says something to everybody, whatever rooms they are in. Resolves to the event's id. */
export function broadcast(hub: ChatHub, from: string, text: string): Promise<string> {
  return hub.broadcast({ event: "broadcast", data: message("broadcast", from, "", text) });
}

/** Says something to those who follow a room. Resolves to the event's id. */
export function sayInRoom(hub: ChatHub, from: string, room: string, text: string): Promise<string> {
  return hub.publish(room, { event: "room", data: message("room", from, room, text) });
}

/** Says something to one person; all tabs of the sender get it too. Resolves to the event's id. */
export function sendDirect(hub: ChatHub, from: string, to: string, text: string): Promise<string> {
  return hub.sendTo([from, to], { event: "direct", data: message("direct", from, to, text) });
}

function message(Type: MessageKind, From: string, To: string, Message: string): ChatMessage {
  return { Type, From, To, Message, Timestamp: new Date().toISOString() };
}
