import type { Timers } from "@sse/core";

/** Begins a wait, and returns what cuts it short. */
export function pause(milliseconds: number, timers: Timers, onOver: () => void): () => void {
  const timer = timers.setTimeout(onOver, milliseconds);
  return () => {
    timers.clearTimeout(timer);
    onOver();
  };
}
