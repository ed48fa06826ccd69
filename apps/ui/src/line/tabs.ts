import { type Signal, signal } from "@preact/signals";
import type { EventSourceClient } from "@sse/client";

/** The tabs that share a connection. */
export interface Tabs {
  readonly count: number;
  /** Whether this tab holds the connection, for all. */
  readonly leads: boolean;
}

/** Milliseconds between two counts. */
const interval = 1_500;

/**
 * Counts the tabs that share a connection: each holds or awaits the lock with the connection's
 * name. Without Web Locks each tab has a connection of its own.
 */
export function countTabs(name: string, source: Pick<EventSourceClient<object>, "request">): Signal<Tabs> {
  const tabs = signal<Tabs>({ count: 1, leads: true });
  const { locks } = navigator;
  if (locks === undefined) return tabs;
  const count = async (): Promise<void> => {
    const { held = [], pending = [] } = await locks.query();
    const count = [...held, ...pending].filter((lock) => lock.name === name).length;
    tabs.value = { count: Math.max(1, count), leads: source.request !== undefined };
  };
  void count();
  setInterval(() => void count(), interval);
  return tabs;
}
