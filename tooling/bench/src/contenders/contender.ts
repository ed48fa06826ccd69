import type { Payload } from "../payload.js";
import type { LogSettings } from "./event-log.js";

/** Settings of a contender. */
export interface ContenderOptions {
  /**
   * Milliseconds between two heartbeats of an idle connection. Default: the contender's own; the
   * bare ones send none.
   */
  heartbeat?: number;
  /** The log that keeps events, for contenders that can choose. Default: the contender's own. */
  log?: LogSettings;
  /**
   * Events that an instance keeps beside its log, for clients that are a little behind, where the
   * contender can. Default: the contender's own.
   */
  window?: number;
  /**
   * Whether each topic is a user with one stream. A contender then sends in the way that its
   * documentation shows for one client. Default false.
   */
  personal?: boolean;
  /**
   * Whether each topic is a run: kept from its beginning, for clients that come later. A contender
   * whose library keeps nothing sends what is published only. Default false.
   */
  run?: boolean;
  /**
   * The program that serves, already listening. For contenders that have a process of their own,
   * and only these.
   */
  process?: { port: number; processId: number };
}

/**
 * A server of event streams that listens on 127.0.0.1. `GET /<topic>` opens a stream that follows
 * this topic.
 */
export interface Contender {
  readonly port: number;
  /** The process that serves, where it is not this one. */
  readonly processId?: number;
  /** Returns the number of streams that follow the topic now. */
  connections(): number | Promise<number>;
  /**
   * Sends an event to all who follow the topic, in the way that the contender's documentation
   * shows. Called several times in a row for the events of one tick.
   */
  publish(topic: string, data: Payload): void;
  /** Publishes, and resolves once the event is stored. Only where the contender reports that. */
  append?(topic: string, data: Payload): Promise<unknown>;
  /**
   * From where a client that connects now would miss nothing: its `Last-Event-ID`. Only where
   * clients can resume.
   */
  position?(): string;
  close(): Promise<void>;
}

export type StartContender = (options: ContenderOptions) => Promise<Contender>;
