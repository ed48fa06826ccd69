import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useRef } from "preact/hooks";
import { Icon } from "./icons.js";

/** Parameters of a {@link CommandBox}. */
export interface CommandBoxProps {
  /** The purpose of the command: its label, and a part of the button's name. */
  readonly label: string;
  readonly command: string;
}

/** A command to copy. A command that is selected stays as it is until the selection is gone. */
export function CommandBox({ label, command }: CommandBoxProps): JSX.Element {
  const copied = useSignal(false);
  const code = useRef<HTMLElement>(null);
  const shown = useRef(command);
  if (!isSelected(code.current)) shown.current = command;
  const copy = async (): Promise<void> => {
    await navigator.clipboard.writeText(shown.current);
    copied.value = true;
    setTimeout(() => {
      copied.value = false;
    }, 2_000);
  };
  return (
    <div class="command">
      <span class="command-label">{label}</span>
      <div class="command-row">
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls needs the keyboard */}
        <section class="command-text mono" tabIndex={0} aria-label={label}>
          <code ref={code}>{shown.current}</code>
        </section>
        <button type="button" class="quiet" aria-label={`Copy: ${label}`} onClick={() => void copy()}>
          <Icon name={copied.value ? "check" : "copy"} />
          {copied.value ? "Copied" : "Copy"}
        </button>
      </div>
    </div>
  );
}

function isSelected(element: HTMLElement | null): boolean {
  const selection = document.getSelection();
  return (
    element !== null && selection !== null && !selection.isCollapsed && selection.containsNode(element, true)
  );
}
