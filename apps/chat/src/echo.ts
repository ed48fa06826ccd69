import { setTimeout as delay } from "node:timers/promises";
import type { ChatHub, ChatMessage } from "./events.js";
import { sendDirect } from "./messages.js";
import { announceTyping } from "./typing.js";

/** The name of the bot, which is reserved. */
export const echoName = "Echo";

/** The maximum number of lines in one reply. */
const maxLines = 20;

/**
 * Starts a bot, so that one person can try the chat: it repeats messages, and counts on request.
 *
 * @param typingTime milliseconds between two lines: enough to drop the connection and see the rest
 * arrive late.
 * @returns a function that stops it.
 */
export function startEcho(hub: ChatHub, typingTime: number): () => void {
  const silence = new AbortController();

  async function answer(person: string, lines: string[]): Promise<void> {
    for (const line of lines) {
      await announceTyping(hub, { Type: "direct", From: echoName, To: person });
      await delay(typingTime, undefined, { signal: silence.signal });
      await sendDirect(hub, { from: echoName }, person, line);
    }
  }

  hub.on("publish", ({ event, data }) => {
    if (event !== "direct") return;
    const { From, To, Message } = JSON.parse(data) as ChatMessage;
    if (To !== echoName || From === echoName) return;
    answer(From, linesFor(Message)).catch(() => {}); // The bot is stopped, or the hub is closed.
  });

  return () => silence.abort();
}

function linesFor(message: string): string[] {
  const count = Number(/^count (\d+)$/i.exec(message.trim())?.[1] ?? 0);
  if (count === 0) return [message];
  return Array.from({ length: Math.min(count, maxLines) }, (_, index) => `${index + 1}`);
}
