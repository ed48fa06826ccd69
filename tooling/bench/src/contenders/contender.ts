import type { Payload } from "../payload.js";
import type { LogSettings } from "./event-log.js";

/** How a contender is to serve. */
export interface ContenderOptions {
  /** Milliseconds between two heartbeats of an idle connection. Default: as the contender does by itself; the bare ones then send none. */
  heartbeat?: number;
  /** Where events are kept. Only for contenders that can choose. Default: as the contender does by itself. */
  log?: LogSettings;
  /** Events that an instance keeps beside its log, for who is a little behind. Only where there is such a thing. Default: likewise. */
  window?: number;
  /** The program that serves, already listening. For contenders that have a process of their own, and only these. */
  process?: { port: number; processId: number };
}

/** A server of event streams that listens on 127.0.0.1. `GET /<topic>` opens a stream that follows this topic. */
export interface Contender {
  readonly port: number;
  /** The process that serves, where it is not this one. */
  readonly processId?: number;
  /** How many streams follow a topic at this moment. */
  connections(): number | Promise<number>;
  /**
   * Sends an event to all who follow the topic, in the way that the contender's documentation shows. Called several times in a row for the
   * events of one tick.
   */
  publish(topic: string, data: Payload): void;
  /** Publishes, and resolves once the event is stored. Only where the contender tells. */
  append?(topic: string, data: Payload): Promise<unknown>;
  /** From where a client that connects now would miss nothing: its `Last-Event-ID`. Only where clients can resume. */
  position?(): string;
  close(): Promise<void>;
}

export type StartContender = (options: ContenderOptions) => Promise<Contender>;
