import { systemTimers } from "@sse/core/internal";

/**
 * Calls back in a later turn of the event loop. Undefined on Cloudflare Workers: there a callback
 * belongs to one request and is dropped with it, and streams have back-pressure of their own.
 */
export const afterTurn: ((callback: () => void) => unknown) | undefined =
  globalThis.navigator?.userAgent === "Cloudflare-Workers"
    ? undefined
    : (globalThis.setImmediate ?? ((callback: () => void) => systemTimers.setTimeout(callback, 0)));

let turn = 0;
let watched = false;

/** Identifies the current turn of the event loop, where turns can be told apart. */
function currentTurn(): number {
  if (!watched && afterTurn !== undefined) {
    watched = true;
    afterTurn(() => {
      watched = false;
      turn += 1;
    });
  }
  return turn;
}

/** Counts the bytes of one turn of the event loop. Always 0 where turns cannot be told apart. */
export class TurnBytes {
  #turn = -1;
  #bytes = 0;

  add(bytes: number): void {
    if (afterTurn === undefined) return;
    const now = currentTurn();
    this.#bytes = (this.#turn === now ? this.#bytes : 0) + bytes;
    this.#turn = now;
  }

  get total(): number {
    return this.#turn === turn ? this.#bytes : 0;
  }
}
