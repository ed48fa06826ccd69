import { byId } from "./dom.js";
import { postTo } from "./names.js";

/** Lines to try the chat from a terminal; the second one writes into the conversation that is open. */
export class Terminal {
  #listen = byId("curl-listen", HTMLElement);
  #send = byId("curl-send", HTMLElement);

  /** Opened where there is room for it. */
  constructor() {
    byId("terminal", HTMLDetailsElement).open = innerHeight >= 720;
    for (const copy of document.querySelectorAll("[data-copy]"))
      if (copy instanceof HTMLButtonElement) copy.addEventListener("click", () => void copyText(copy));
  }

  /** @param {import("./conversation.js").Conversation} conversation @param {string} me */
  show(conversation, me) {
    const sender = "carl";
    const toMe = conversation.kind === "direct";
    const { path, parameters } = postTo(conversation, sender);
    if (toMe) parameters.to = me;
    const query = new URLSearchParams({ ...parameters, message: "hi" });
    this.#listen.textContent = `curl -N '${location.origin}/chat/sse?username=${sender}'`;
    this.#send.textContent = `curl -X POST '${location.origin}${path}?${query}'`;
  }
}

/** @param {HTMLButtonElement} copy */
async function copyText(copy) {
  const text = byId(copy.dataset.copy ?? "", HTMLElement);
  try {
    await navigator.clipboard.writeText(text.textContent ?? "");
    copy.textContent = "Copied";
  } catch {
    getSelection()?.selectAllChildren(text);
    copy.textContent = "Selected";
  }
  setTimeout(() => {
    copy.textContent = "Copy";
  }, 2_000);
}
