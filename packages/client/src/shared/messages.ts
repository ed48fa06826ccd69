import { SseError } from "@sse/core";
import type { Happenings } from "../transport/transport.js";
import type { Step } from "./history.js";

/** What tabs say to each other. `to` names the tab that is meant; without it, all are. */
export type Message =
  /** The leader: the stream has gone on. */
  | { readonly step: Step; readonly to?: string }
  /** The leader: this happened to the connection. */
  | { readonly happening: Happening; readonly to?: string }
  /** The leader: I am at this id, and do not know what followed yours. */
  | { readonly here: string; readonly to: string }
  /** A follower: I am at this id; what have I missed? And, when it has just joined: how is the connection? */
  | { readonly where: string; readonly from: string; readonly joining: boolean }
  /** A follower: do not wait, connect. */
  | { readonly wake: true };

/** Something that happened to the connection. */
export interface Happening {
  readonly name: keyof Happenings | "left out" | "end";
  /** Without the error, which is apart because its class does not survive the way. */
  readonly info?: object;
  readonly error?: PlainError | undefined;
}

/** An error without its class and its cause. */
export type PlainError = Pick<SseError, "code" | "message" | "status" | "headers" | "body">;

/** Undressed for the way to another tab. */
export function toPlain(error: SseError | undefined): PlainError | undefined {
  if (!error) return undefined;
  const { code, message, status, headers, body } = error;
  return { code, message, status, headers, body };
}

/** An error again, after the way. */
export function fromPlain({ code, message, status, headers, body }: PlainError): SseError {
  return Object.assign(new SseError(code, message), { status, headers, body });
}
