import type { ChatHub, ChatMessage, MessageKind } from "./events.js";

/** The sender of a message, and the key by which a repeated request is recognized. */
export interface Sender {
  readonly from: string;
  /** The value of `Idempotency-Key`. Default: each request is another message. */
  readonly key?: string | undefined;
}

/** Sends a message to everybody, in whatever rooms. Resolves to the event's id. */
export function broadcast(hub: ChatHub, sender: Sender, text: string): Promise<string> {
  return hub.broadcast({ event: "broadcast", data: message("broadcast", sender, "", text) }, once(sender));
}

/** Sends a message to the followers of a room. Resolves to the event's id. */
export function sayInRoom(hub: ChatHub, sender: Sender, room: string, text: string): Promise<string> {
  return hub.publish(room, { event: "room", data: message("room", sender, room, text) }, once(sender));
}

/**
 * Sends a message to one person; all tabs of the sender receive it too. Resolves to the event's id.
 */
export function sendDirect(hub: ChatHub, sender: Sender, to: string, text: string): Promise<string> {
  const event = { event: "direct", data: message("direct", sender, to, text) } as const;
  return hub.sendTo([sender.from, to], event, once(sender));
}

function message(Type: MessageKind, { from, key }: Sender, To: string, Message: string): ChatMessage {
  return { Type, From: from, To, Message, Timestamp: (timeOf(key) ?? new Date()).toISOString() };
}

function once({ from, key }: Sender): { idempotencyKey?: string } {
  return key === undefined ? {} : { idempotencyKey: `${from} ${key}` };
}

/**
 * Returns the time in a UUID of version 7. A repeated request is the same message only if its time
 * is the same too.
 */
function timeOf(key: string | undefined): Date | undefined {
  const digits = /^([0-9a-f]{8})-([0-9a-f]{4})-7[0-9a-f]{3}-/i.exec(key ?? "");
  return digits === null ? undefined : new Date(Number.parseInt(`${digits[1]}${digits[2]}`, 16));
}
