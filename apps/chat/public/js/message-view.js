import { avatar } from "./avatar.js";
import { icon, make } from "./dom.js";
import { dayName, sameDay, timeOfDay } from "./times.js";

/**
 * @typedef {import("./conversation.js").MessageItem} MessageItem
 * @typedef {import("./conversation.js").Item} Item
 */

/** Messages of one person that follow one another within this time stand under one name, in milliseconds. */
const groupTime = 5 * 60_000;

/** The day above a message, if it is not that of the message before. @param {MessageItem} item @param {Item | undefined} before @returns {HTMLElement[]} */
export function dayLine(item, before) {
  if (before?.type === "message" && sameDay(before.at, item.at)) return [];
  if (before !== undefined && before.type !== "message") return [];
  return [line("day", dayName(item.at))];
}

/** @param {MessageItem} item @param {Item | undefined} before what stands above it */
export function messageView(item, before) {
  const first = !continues(item, before);
  const classes = ["message", item.own && "own", item.missed && "missed", first && "first"].filter(Boolean);
  const element = make("li", { class: classes.join(" ") });
  if (first && !item.own) element.append(byline(item), avatar(item.from));
  else if (first) element.append(make("div", { class: "by", "aria-hidden": "true" }, time(item)));
  element.append(text(item));
  return element;
}

/** What the server has accepted, but the stream has not brought yet. @param {{ text: string }} pending */
export function pendingView({ text }) {
  return make(
    "li",
    { class: "message own first pending" },
    make("p", { class: "text", dir: "auto" }, text),
    make("p", { class: "note" }, icon("clock"), "Sent. It shows here when the connection is back."),
  );
}

/** A line across the conversation. @param {string} kind @param {string} text */
export function line(kind, text) {
  return make("li", { class: `line ${kind}` }, make("span", {}, text));
}

/** @param {MessageItem} item @param {Item | undefined} before */
function continues(item, before) {
  return (
    before?.type === "message" &&
    before.from === item.from &&
    before.missed === item.missed &&
    item.at.getTime() - before.at.getTime() < groupTime
  );
}

/** @param {MessageItem} item */
function byline(item) {
  return make("div", { class: "by", "aria-hidden": "true" }, make("bdi", {}, item.from), time(item));
}

/** @param {MessageItem} item */
function time({ at }) {
  return make("time", { datetime: at.toISOString(), title: at.toLocaleString() }, timeOfDay(at));
}

/** Each message says to a screen reader who wrote it and when; on the screen the group does. @param {MessageItem} item */
function text(item) {
  const who = make(
    "span",
    { class: "visually-hidden" },
    `${item.own ? "You" : item.from}, ${timeOfDay(item.at)}: `,
  );
  return make("p", { class: "text", dir: "auto", title: item.at.toLocaleString() }, who, item.text);
}
