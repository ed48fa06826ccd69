import type { ChatHub } from "./events.js";

/**
 * Tells everybody the time again and again, which a terminal shows and the page passes over.
 *
 * @param interval in milliseconds.
 * @returns a function that stops it.
 */
export function startTicking(hub: ChatHub, interval: number): () => void {
  const timer = setInterval(() => {
    void hub.broadcast({ event: "tick", data: { Time: new Date().toISOString() } }, { ephemeral: true });
  }, interval);
  return () => clearInterval(timer);
}
