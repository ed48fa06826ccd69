import { deferred } from "./deferred.js";
import type { ReceivedEvent } from "./events.js";
import { createHandOver, type HandOver } from "./hand-over.js";
import { createListeners } from "./listeners.js";

/** An event whose type is not known here. */
export type AnyEvent = ReceivedEvent<Record<string, unknown>>;

/** The listeners and loops that take the events of one client. */
export interface Consumers {
  /** `undefined` as the name: every event. */
  on(name: string | undefined, listener: (event: AnyEvent) => unknown): () => void;
  /** Makes an iterator. */
  iterate(): HandOver<AnyEvent>;
  /** Resolves as soon as there has been a consumer. */
  readonly present: Promise<void>;
  /** Calls the listeners, and resolves when every loop has asked for the next event. */
  deliver(event: AnyEvent): Promise<unknown>;
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
  const { promise: present, resolve: arrive } = deferred<void>();
  return {
    present,
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
      return Promise.all([...loops].map((loop) => loop.offer(event)));
    },
    end(error) {
      for (const loop of loops) loop.end(error);
      loops.clear();
    },
  };
}
