import { postTask } from "@sse/core/internal";

/**
 * Calls back in a later turn of the event loop. Undefined on Cloudflare Workers: there a callback
 * belongs to one request and is dropped with it, and streams have back-pressure of their own.
 */
export const afterTurn: ((callback: () => void) => void) | undefined =
  globalThis.navigator?.userAgent === "Cloudflare-Workers" ? undefined : postTask;

// Equal to no number, not even to itself, where turns cannot be told apart.
let turn = afterTurn === undefined ? Number.NaN : 0;
let watched = afterTurn === undefined;

/** Identifies the current turn of the event loop: `NaN` where turns cannot be told apart. */
export function currentTurn(): number {
  if (!watched) {
    watched = true;
    afterTurn?.(() => {
      watched = false;
      turn += 1;
    });
  }
  return turn;
}

/** Whether a turn that {@link currentTurn} identified is not over. */
export function isCurrentTurn(identified: number): boolean {
  return identified === turn;
}
