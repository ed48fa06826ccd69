import { bot } from "./names.js";

/**
 * The people with whom one is talking or could be, each once whatever the number of tabs: oneself, the bot, who is here, and who is not but has
 * been talked to.
 *
 * @param {import("./conversations.js").Conversations} conversations @param {readonly string[]} online
 * @returns {import("./sidebar.js").Row[]}
 */
export function peopleRows({ me, people }, online) {
  const here = new Set([bot, ...online]);
  const notes = new Map([
    [me, "you"],
    [bot, "bot"],
  ]);
  const others = [...online].filter((name) => name !== me).sort((a, b) => a.localeCompare(b));
  const talkedTo = people.map(({ name }) => name);
  const names = new Set([me, bot, ...others, ...talkedTo]);
  return [...names].map((name) => ({
    kind: "direct",
    name,
    unread: people.find((conversation) => conversation.name === name)?.unread ?? 0,
    here: here.has(name),
    note: notes.get(name) ?? "",
  }));
}
