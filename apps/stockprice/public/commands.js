import { element } from "./dom.js";

/**
 * Shows the commands that do in a terminal what this page does.
 * @param {string} path the path and query of the stream
 * @param {string} lastEventId
 */
export function showCommands(path, lastEventId) {
  const url = path.includes("?") ? `'${location.origin}${path}'` : location.origin + path;
  element("stream-command").textContent = `curl -N ${url}`;
  element("resume-command").textContent = `curl -N -H 'Last-Event-ID: ${lastEventId}' ${url}`;
}

for (const button of document.querySelectorAll("[data-copies]")) {
  button.addEventListener("click", () => copy(/** @type {HTMLElement} */ (button)));
}

/** @param {HTMLElement} button */
async function copy(button) {
  const command = element(button.dataset["copies"] ?? "");
  const label = /** @type {Text} */ (button.firstChild);
  try {
    await navigator.clipboard.writeText(command.textContent ?? "");
    label.data = "Copied";
  } catch {
    // Without the right to write to the clipboard, the command is selected for the reader.
    getSelection()?.selectAllChildren(command);
    label.data = "Selected";
  }
  setTimeout(() => {
    label.data = "Copy";
  }, 1_500);
}
