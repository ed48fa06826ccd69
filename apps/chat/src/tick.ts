import type { ChatHub } from "./events.js";

/**
 * Tells everybody the time again and again, which a terminal shows and the page passes over. Each instance tells its own clients.
 *
 * @param interval in milliseconds.
 * @returns a function that stops it.
 */
export function startTicking(hub: ChatHub, interval: number): () => void {
  const timer = setInterval(() => {
    const event = { event: "tick", data: { Time: new Date().toISOString() } } as const;
    void hub.broadcast(event, { ephemeral: true, scope: "instance" });
  }, interval);
  return () => clearInterval(timer);
}
