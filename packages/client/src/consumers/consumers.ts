import { deferred } from "../deferred.js";
import type { ReceivedEvent } from "../events.js";
import { createHandOver, type HandOver } from "./event-iterator.js";
import { createListeners } from "./listeners.js";

/** An event whose type is not known here. */
export type AnyEvent = ReceivedEvent<Record<string, unknown>>;

/** The listeners and loops that take the events of one client. */
export interface Consumers {
  /** `undefined` as the name: every event. */
  on(name: string | undefined, listener: (event: AnyEvent) => unknown): () => void;
  /** Makes an iterator. */
  iterate(): HandOver<AnyEvent>;
  /** Resolves when an event can be delivered: there has been a consumer, and every loop has dealt with the event before. */
  ready: Promise<unknown>;
  /** Calls the listeners, and offers the event to the loops. */
  deliver(event: AnyEvent): void;
  /** Ends the loops. */
  end(error?: Error): void;
}

/**
 * @param onLeave a loop was left early.
 * @param onFailure takes what listeners throw.
 */
export function createConsumers(onLeave: () => void, onFailure: (error: unknown) => void): Consumers {
  const listeners = createListeners<string | undefined, AnyEvent>(onFailure);
  const loops = new Set<HandOver<AnyEvent>>();
  const { promise, resolve: arrive } = deferred<void>();
  const consumers: Consumers = {
    ready: promise,
    on(name, listener) {
      arrive();
      return listeners.add(name, listener);
    },
    iterate() {
      arrive();
      const loop = createHandOver<AnyEvent>(onLeave);
      loops.add(loop);
      return loop;
    },
    deliver(event) {
      listeners.emit(event.event, event);
      listeners.emit(undefined, event);
      consumers.ready = Promise.all([...loops].map((loop) => loop.offer(event)));
    },
    end(error) {
      for (const loop of loops) loop.end(error);
      loops.clear();
    },
  };
  return consumers;
}
