import { SseError } from "@sse/core";
import type { ConnectionEvents } from "../transport/transport.js";
import type { Step } from "./history.js";

/** A message between tabs. `to` names the tab that receives it; without it, all do. */
export type Message =
  /** From the leader: the next step of the stream. */
  | { readonly step: Step; readonly to?: string }
  /** From the leader: a change of the connection. */
  | { readonly status: StatusMessage; readonly to?: string }
  /** From the leader: its id, where it does not hold the steps after the other tab's id. */
  | { readonly position: string; readonly to: string }
  /** From a follower: its id, to receive the steps after it. `joining` asks for the status too. */
  | { readonly resumeAfter: string; readonly from: string; readonly joining: boolean }
  /** From a follower: the request not to wait for the next attempt. */
  | { readonly wake: true };

/** A change of the connection, as tabs send it to each other. */
export interface StatusMessage {
  readonly name: keyof ConnectionEvents | "skip" | "end";
  /** The details without the error, which is apart because its class is lost on the way. */
  readonly info?: object;
  readonly error?: SerializedError | undefined;
}

/** An error without its class and its cause. */
export type SerializedError = Pick<SseError, "code" | "message" | "status" | "headers" | "body">;

/** Returns the form of an error that can be sent to another tab. */
export function serializeError(error: SseError | undefined): SerializedError | undefined {
  if (!error) return undefined;
  const { code, message, status, headers, body } = error;
  return { code, message, status, headers, body };
}

/** Returns the error that another tab has sent. */
export function deserializeError({ code, message, status, headers, body }: SerializedError): SseError {
  return Object.assign(new SseError(code, message), { status, headers, body });
}
