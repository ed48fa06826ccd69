import { button, icon, make } from "./dom.js";
import { bot } from "./names.js";

/**
 * @typedef {import("./conversation.js").Conversation} Conversation
 * @typedef {object} Actions
 * @property {(text: string) => void} write puts a text into the message box
 * @property {() => void} talkToBot
 * @property {() => void} countAndDrop has the bot count, and the server drop the connection meanwhile
 */

/** What stands where nothing has been said yet: what this place is, and what to do in it. @param {Conversation} conversation @param {string} me @param {Actions} actions @returns {Node[]} */
export function emptyView({ kind, name }, me, { write, talkToBot, countAndDrop }) {
  if (kind === "broadcast") {
    return view(
      "everyone",
      "It is quiet here",
      "What is said here reaches everybody, whatever rooms they are in.",
      [
        button("Say hello", "button primary", () => write("Hello, everybody!")),
        button(`Talk to ${bot}`, "button", talkToBot),
        make(
          "a",
          { class: "button", href: "/", target: "_blank", rel: "noopener" },
          "Be somebody else in a new tab",
        ),
      ],
    );
  }
  if (kind === "room") {
    return view(
      "room",
      `The first word in ${name} is yours`,
      "A room reaches those who are in it. Whoever joins later sees the latest messages.",
      [button("Say hello", "button primary", () => write(`Hello, ${name}!`))],
    );
  }
  if (name === bot) {
    return view(
      "chat",
      `${bot} says what you say`,
      `It is a bot, so that you can try the chat alone. Tell it “count 5”, lose the connection while it counts, and see the rest arrive when you are back.`,
      [
        button("Count to 5 and drop me", "button primary", countAndDrop),
        button("Say hello", "button", () => write(`Hello, ${bot}!`)),
      ],
    );
  }
  if (name === me) {
    return view(
      "chat",
      "Notes to yourself",
      "Nobody else gets these messages. They show in all your tabs.",
      [],
    );
  }
  return view(
    "chat",
    `You and ${name}`,
    "Only the two of you get these messages, in all your tabs, also when they are sent again after a break.",
    [button("Say hello", "button primary", () => write(`Hello, ${name}!`))],
  );
}

/** @param {string} drawing @param {string} title @param {string} text @param {Node[]} actions @returns {Node[]} */
function view(drawing, title, text, actions) {
  return [
    make("span", { class: "empty-icon" }, icon(drawing)),
    make("h2", { dir: "auto" }, title),
    make("p", {}, text),
    make("div", { class: "empty-actions" }, ...actions),
  ];
}
