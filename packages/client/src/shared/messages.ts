import { SseError, type SseErrorDetails } from "@sse/core";
import type { ConnectionEvents } from "../transport/transport.js";
import type { Step } from "./history.js";

/** A message between tabs. `to` names the tab that receives it; without it, all do. */
export type Message = LeaderMessage | FollowerMessage;

/**
 * A message from the leader. A later leader has a higher term: a tab that was blocked may still
 * believe that it leads.
 */
export type LeaderMessage = LeaderContent & { readonly term: number; readonly to?: string | undefined };

/** The content of a message from the leader. */
export type LeaderContent =
  /** The next step of the stream. */
  | { readonly step: Step }
  /** A change of the connection. */
  | { readonly status: StatusMessage }
  /**
   * The leader's id: the response to a tab that has it too, or after whose id it holds no steps.
   */
  | { readonly position: string }
  /** The request is being sent. */
  | { readonly requested: true };

/** A message from a follower. */
export type FollowerMessage =
  /**
   * Its id, to receive the steps after it, and a sign that there is a leader. `joining` asks for
   * the status too. `seen` is the highest term that it knows.
   */
  | {
      readonly resumeAfter: string;
      readonly from: string;
      readonly joining: boolean;
      readonly seen: number;
    }
  /** The highest term of a leader, for a tab that joins and does not know it. */
  | { readonly seen: number; readonly to: string }
  /** The request not to wait for the next attempt. */
  | { readonly wake: true };

/**
 * Whether a message is one of this version: other code, and tabs that were opened before an update,
 * may use the same channel.
 */
export function isMessage(message: unknown): message is Message {
  const { term, step, status, position, requested, resumeAfter, seen, wake } = Object(message);
  if (term === undefined) return wake === true || (seen >= 0 && isString(resumeAfter ?? ""));
  if (step === undefined) return requested === true || isString(status?.name ?? position);
  const { before, after, event } = Object(step);
  return [before, after, event?.event ?? "", event ? event.data : ""].every(isString);
}

function isString(value: unknown): value is string {
  return typeof value === "string";
}

/** A change of the connection, as tabs send it to each other. */
export interface StatusMessage {
  readonly name: keyof ConnectionEvents | "comment" | "skip" | "end";
  /** The details without the error, which is apart because its class is lost on the way. */
  readonly info?: object | undefined;
  readonly error?: SerializedError | undefined;
}

/** An error without its class and its cause. */
export type SerializedError = Omit<SseErrorDetails, "cause"> & Pick<SseError, "code" | "message">;

/** Returns the form of an error that can be sent to another tab. */
export function serializeError(error: SseError | undefined): SerializedError | undefined {
  if (!error) return undefined;
  const { code, message, field, issues, status, headers, body } = error;
  return { code, message, field, issues, status, headers, body };
}

/** Returns the error that another tab has sent. */
export function deserializeError({ code, message, ...details }: SerializedError): SseError {
  return new SseError(code, message, details);
}
