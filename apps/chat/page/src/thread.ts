import type { Answer, ChatMessage, PastMessage } from "./api.js";

/** The state of a message of one's own. */
export type Delivery = "sending" | "sent" | "failed" | "refused";

/** A message in a thread. */
export interface Bubble {
  readonly kind: "message";
  /** Identifies it in the page: it stays the same when the message has been sent. */
  readonly key: string;
  /** The id of its event; empty until it is known. */
  readonly id: string;
  readonly from: string;
  readonly text: string;
  /** ISO 8601. */
  readonly time: string;
  readonly delivery: Delivery;
  /** Whether it was missed and sent later. */
  readonly late: boolean;
  /** The reason for which the server has refused it. */
  readonly reason?: string;
}

/** Messages are missing here, and the server has said so. */
export interface GapLine {
  readonly kind: "gap";
  readonly key: string;
  readonly reason: string;
}

/** An answer of the model. Its text is read from its run. */
export interface AnswerBubble {
  readonly kind: "answer";
  readonly key: string;
  readonly id: string;
  readonly from: string;
  readonly question: string;
  readonly asker: string;
  readonly run: string;
}

/** The messages of one conversation. Every change makes another thread. */
export type Thread = readonly (Bubble | GapLine | AnswerBubble)[];

/** Adds a message of one's own that is being sent. */
export function withPending(thread: Thread, bubble: Bubble): Thread {
  return [...thread, bubble];
}

/** Changes the message with a key. */
export function withChange(thread: Thread, key: string, change: Partial<Bubble>): Thread {
  return thread.map((one) => (one.kind === "message" && one.key === key ? { ...one, ...change } : one));
}

/**
 * Adds a message that was received. It replaces one's own that is being sent; one that is there
 * already is not added again.
 */
export function withReceived(thread: Thread, message: ChatMessage, event: ReceivedAs): Thread {
  const { id, me, late } = event;
  const mine = message.From === me;
  const known = thread.find((one) => one.kind === "message" && one.id === id);
  if (known?.kind === "message") return mine ? withChange(thread, known.key, { delivery: "sent" }) : thread;
  const pending = thread.find(
    (one) => one.kind === "message" && mine && one.id === "" && one.text === message.Message,
  );
  if (pending !== undefined)
    return withChange(thread, pending.key, { id, delivery: "sent", time: message.Timestamp });
  return [...thread, bubbleOf(message, id, late && !mine)];
}

/** The event by which a message was received. */
export interface ReceivedAs {
  readonly id: string;
  readonly me: string;
  readonly late: boolean;
}

/** Adds an answer; one that is there already is not added again. */
export function withAnswer(thread: Thread, answer: Answer, id: string): Thread {
  return thread.some((one) => one.kind === "answer" && one.id === id)
    ? thread
    : [...thread, answerOf(answer, id)];
}

/** Adds messages of the past before all others. */
export function withPast(thread: Thread, past: readonly PastMessage[]): Thread {
  const known = new Set(thread.map((one) => (one.kind === "gap" ? "" : one.id)));
  const older = past
    .filter(({ Id }) => !known.has(Id))
    .map((one) => (one.Type === "answer" ? answerOf(one, one.Id) : bubbleOf(one, one.Id, false)));
  return [...older, ...thread];
}

/** Adds a line that messages are missing, before those that follow. */
export function withGap(thread: Thread, reason: string, key: string): Thread {
  return [...thread, { kind: "gap", key, reason }];
}

function bubbleOf({ From, Message, Timestamp }: ChatMessage, id: string, late: boolean): Bubble {
  return { kind: "message", key: id, id, from: From, text: Message, time: Timestamp, delivery: "sent", late };
}

function answerOf({ From, Message, Asker, Run }: Answer, id: string): AnswerBubble {
  return { kind: "answer", key: id, id, from: From, question: Message, asker: Asker, run: Run };
}

/** Returns the messages of a thread that are not sent and may be sent again. */
export function failedIn(thread: Thread): Bubble[] {
  return thread.filter((one) => one.kind === "message" && one.delivery === "failed") as Bubble[];
}

/** Returns the number of messages of others after a time. */
export function unreadIn(thread: Thread, me: string, readUntil: string): number {
  return thread.filter((one) => one.kind === "message" && one.from !== me && one.time > readUntil).length;
}
