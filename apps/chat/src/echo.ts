import { setTimeout as delay } from "node:timers/promises";
import type { ChatHub, ChatMessage } from "./events.js";
import { sendDirect } from "./messages.js";
import { announceTyping } from "./typing.js";

/** The name of the bot, which nobody else may have. */
export const echoName = "Echo";

/** Most lines of one answer. */
const longestCount = 20;

/**
 * A bot, so that the chat can be tried alone: it repeats what it is told, and counts when it is told to.
 *
 * @param typingTime how long it takes for a line, in milliseconds: time enough to drop the connection and see the rest arrive late.
 * @returns a function that silences it.
 */
export function startEcho(hub: ChatHub, typingTime: number): () => void {
  const silence = new AbortController();

  async function answer(person: string, lines: string[]): Promise<void> {
    for (const line of lines) {
      await announceTyping(hub, { Type: "direct", From: echoName, To: person });
      await delay(typingTime, undefined, { signal: silence.signal });
      await sendDirect(hub, echoName, person, line);
    }
  }

  hub.on("publish", ({ event, data }) => {
    if (event !== "direct") return;
    const { From, To, Message } = JSON.parse(data) as ChatMessage;
    if (To !== echoName || From === echoName) return;
    answer(From, linesFor(Message)).catch(() => {}); // Silenced, or the hub has closed: nobody listens any more.
  });

  return () => silence.abort();
}

function linesFor(message: string): string[] {
  const count = Number(/^count (\d+)$/i.exec(message.trim())?.[1] ?? 0);
  if (count === 0) return [message];
  return Array.from({ length: Math.min(count, longestCount) }, (_, index) => `${index + 1}`);
}
