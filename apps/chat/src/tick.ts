import type { ChatHub } from "./events.js";

/**
 * Sends the time to everybody at an interval, which a terminal prints and the page ignores. Each
 * instance notifies its own clients.
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
