import { Icon, type IconName } from "@sse/ui";
import type { JSX } from "preact";
import type { LabModel } from "./lab-model.js";
import { post } from "./market-api.js";
import type { MarketPage } from "./market-page.js";

/** The ways to break the connection. */
export function BreakIt({ page, lab }: { page: MarketPage; lab: LabModel }): JSX.Element {
  const live = page.line.state.value === "live";
  const drop = (evict: boolean): void => {
    void post("/drop", { connection: page.line.connection.value, evict });
  };
  return (
    <section class="break-it" aria-label="Break it">
      <h2>Break it</h2>
      <Break
        icon="cut"
        enabled={live}
        primary
        run={() => drop(false)}
        title="Drop it for 6 s"
        hint="missed prices are sent later"
      />
      <Break
        icon="clock"
        enabled={live}
        run={() => drop(true)}
        title="Stay away too long"
        hint="a time-lapse: the log evicts, the gap is told"
      />
      <Break
        icon="slow"
        enabled
        run={() => void lab.show(true)}
        title="Read slowly"
        hint="conflation, below"
      />
      <Break
        icon="restart"
        enabled={live}
        run={() => void post("/restart")}
        title="Restart the server"
        hint="a new log: a hole, and no invented curve"
      />
    </section>
  );
}

interface BreakProps {
  readonly icon: IconName;
  readonly title: string;
  readonly hint: string;
  readonly enabled: boolean;
  readonly primary?: boolean;
  readonly run: () => void;
}

function Break({ icon, title, hint, enabled, primary, run }: BreakProps): JSX.Element {
  return (
    <button
      type="button"
      class={primary ? "break primary" : "break"}
      aria-disabled={!enabled}
      onClick={() => enabled && run()}
    >
      <Icon name={icon} />
      <span>
        {title}
        <small>{hint}</small>
      </span>
    </button>
  );
}
