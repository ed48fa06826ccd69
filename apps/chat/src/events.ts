import type { Hub } from "@sse/koa";

/** Whom a message is for: everybody, the followers of a room, or two people. It is also the name of its event. */
export type MessageKind = "broadcast" | "room" | "direct";

/** A message as it stands in the `data` of its event. */
export interface ChatMessage {
  Type: MessageKind;
  From: string;
  /** Empty for everybody, else the room or the person. */
  To: string;
  Message: string;
  /** ISO 8601, by the server's clock. */
  Timestamp: string;
}

/** Somebody came or went, with everybody who is here now. */
export interface PresenceChange {
  Type: "join" | "leave";
  User: string;
  Users: string[];
}

/** Somebody is writing a message of this kind, to this room or person. */
export interface Typing {
  Type: MessageKind;
  From: string;
  To: string;
}

/** What time it is, for those who only listen. */
export interface Tick {
  /** ISO 8601, by the server's clock. */
  Time: string;
}

/**
 * What the hub sends. Messages are entries of its log: they have an id, are replayed and resumed from. Presence, typing and ticks are the state of
 * this moment, so they are ephemeral: in the log they would push messages out of the history, and say tomorrow who was here today.
 */
export interface ChatEvents {
  broadcast: ChatMessage;
  room: ChatMessage;
  direct: ChatMessage;
  presence: PresenceChange;
  typing: Typing;
  tick: Tick;
}

export type ChatHub = Hub<ChatEvents>;
