import type { ReadonlySignal } from "@preact/signals";
import type { JSX } from "preact";
import type { Tabs } from "../line/tabs.js";

/** Says how many tabs share the connection, and which one holds it. */
export function TabsNote({ tabs }: { tabs: ReadonlySignal<Tabs> }): JSX.Element {
  const { count, leads } = tabs.value;
  return (
    <p class="tabs-note" title="A browser opens six connections to an HTTP/1.1 server: all tabs share one.">
      <b>{count}</b> {count === 1 ? "tab" : "tabs"} · <b>1</b> connection · this tab{" "}
      {leads ? "leads" : "follows"}
    </p>
  );
}
