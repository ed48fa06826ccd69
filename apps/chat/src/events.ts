import type { Hub } from "@sse/koa";

/**
 * The audience of a message: everybody, the followers of a room, or two people. It is also the name
 * of its event.
 */
export type MessageKind = "broadcast" | "room" | "direct";

/** The `data` of a message's event. */
export interface ChatMessage {
  Type: MessageKind;
  From: string;
  /** Empty for everybody, else the room or the person. */
  To: string;
  Message: string;
  /** ISO 8601, by the server's clock. */
  Timestamp: string;
}

/** The model answers a question. The answer itself is a run. */
export interface Answer {
  Type: "answer";
  /** The model. */
  From: string;
  /** The room. */
  To: string;
  /** The question. */
  Message: string;
  Asker: string;
  Run: string;
  /** ISO 8601, by the server's clock. */
  Timestamp: string;
}

/** A part of an answer, in its run. */
export interface Word {
  Text: string;
}

/** A person joined or left; with everybody who is online. */
export interface PresenceChange {
  Type: "join" | "leave";
  User: string;
  Users: string[];
}

/** A person is typing a message of this kind, to this room or person. */
export interface Typing {
  Type: MessageKind;
  From: string;
  To: string;
}

/** The process that serves a connection. */
export interface Served {
  Process: number;
  /** Whether there are others, which would replace it. */
  Several: boolean;
}

/** The present time. */
export interface Tick {
  /** ISO 8601, by the server's clock. */
  Time: string;
}

/**
 * The events of the hub. Messages are entries of its log: they have an id, are replayed and resumed
 * from. Presence, typing and ticks are the state of this moment, so they are ephemeral: in the log
 * they would evict messages from the history.
 */
export interface ChatEvents {
  broadcast: ChatMessage;
  room: ChatMessage;
  direct: ChatMessage;
  answer: Answer;
  word: Word;
  presence: PresenceChange;
  typing: Typing;
  tick: Tick;
}

export type ChatHub = Hub<ChatEvents>;
