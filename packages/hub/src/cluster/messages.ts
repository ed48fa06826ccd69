import type { EndState } from "@sse/core";
import type { TopicChange, TopicChangeResult } from "../connection/topic-change.js";
import type { Channel } from "../log/channel.js";
import type { DisconnectTarget } from "../subscription.js";
import type { ConnectionFacts } from "./remote-connection.js";

/**
 * A change of presence at a topic, or under `undefined` at the hub. Applying it twice changes
 * nothing more.
 */
export interface PresenceChange {
  readonly topic: string | undefined;
  /** The number of the sender's connections there now. */
  readonly connections: number;
  /** Users who have a connection there now. */
  readonly joined: readonly string[];
  /** Users who have none there any more. */
  readonly left: readonly string[];
}

/** A part of an instance's whole presence, as it is after delta number `seq`. */
export interface SnapshotPart {
  readonly seq: number;
  readonly part: number;
  readonly parts: number;
  readonly changes: readonly PresenceChange[];
}

/**
 * A request about a connection, or a run, to the instance that has it. The response repeats
 * `request`.
 */
export type RemoteRequest =
  | {
      readonly kind: "find";
      readonly request: string;
      readonly instance: string;
      readonly connection: string;
    }
  /** Changes the topics of the connection, if it is still this user's. */
  | {
      readonly kind: "change";
      readonly request: string;
      readonly instance: string;
      readonly connection: string;
      readonly user: string | undefined;
      readonly change: TopicChange;
    }
  /** Cancels a run whose producer the instance is. */
  | {
      readonly kind: "cancel-run";
      readonly request: string;
      readonly instance: string;
      readonly run: string;
      readonly reason: string | undefined;
    };

/** The response of the requested instance. */
export type RemoteResponse =
  /** `undefined`: the instance has no such connection. */
  | { readonly kind: "found"; readonly request: string; readonly connection: ConnectionFacts | undefined }
  | { readonly kind: "changed"; readonly request: string; readonly result: TopicChangeResult }
  /** The state in which the run has ended. `undefined`: the instance does not produce it. */
  | { readonly kind: "run-canceled"; readonly request: string; readonly state: EndState | undefined };

/** A message between the instances of a hub. */
export type BusMessage =
  /** An ephemeral event, for the live connections of every instance. */
  | {
      readonly kind: "event";
      readonly channels: readonly Channel[];
      readonly event?: string | undefined;
      readonly data: string;
      /** The id of a connection that does not receive it. */
      readonly except?: string | undefined;
    }
  /**
   * The sender is alive and has sent `seq` deltas so far. With `hello` it may have missed messages:
   * every instance sends a heartbeat in return. The ids of its connections are verified with `key`.
   */
  | { readonly kind: "heartbeat"; readonly seq: number; readonly hello: boolean; readonly key: string }
  /** Delta number `seq` of the sender's presence. */
  | { readonly kind: "delta"; readonly seq: number; readonly changes: readonly PresenceChange[] }
  | ({ readonly kind: "snapshot" } & SnapshotPart)
  /** These instances are to send a snapshot. */
  | { readonly kind: "snapshot-request"; readonly instances: readonly string[] }
  | { readonly kind: "disconnect"; readonly target: DisconnectTarget; readonly retry: number | undefined }
  | RemoteRequest
  | RemoteResponse
  /** The sender has closed. */
  | { readonly kind: "leave" }
  /**
   * The sender has closed while these users were in their grace period, which `heir` is to finish.
   */
  | { readonly kind: "handover"; readonly heir: string; readonly changes: readonly PresenceChange[] };

/** A message with its sender. */
export interface ReceivedMessage {
  readonly from: string;
  readonly message: BusMessage;
}

/**
 * The version of the messages. Instances with different versions ignore each other, and report it.
 */
export const messageVersion = 2;

/** The maximum size of a message on a bus, in bytes. */
export const maxMessageBytes = 524_288;

/**
 * Encodes a message: a line of JSON, and for an event its data below, so that data which is JSON
 * itself is not escaped once more.
 */
export function encodeMessage(from: string, message: BusMessage): string {
  const { data, ...fields } = { data: undefined, ...message };
  const header = JSON.stringify({ sse: messageVersion, from, ...fields });
  return data === undefined ? header : `${header}\n${data}`;
}
