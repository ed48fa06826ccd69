import { useSignal } from "@preact/signals";
import { Icon, Notice, PageHead, StatusPill, Timeline, WirePanel } from "@sse/ui";
import type { JSX } from "preact";
import type { ChatClient } from "./chat-client.js";
import { type Place, titleOf } from "./conversation.js";
import { ConversationView } from "./conversation-view.js";

/** Parameters of a {@link Duo}. */
export interface DuoProps {
  readonly ann: ChatClient;
  readonly bob: ChatClient;
  readonly place: Place;
}

/** The lines that Ann writes while Bob is cut off. */
const script = ["Bob, are you there?", "The meeting moved to three.", "Bring the blue folder."];

/** The question of Ann to the model. */
const question = "What are Server-Sent Events?";

/** Milliseconds between two steps of the demonstration. */
const stepTime = 1_100;

/** Two people side by side, one of whose lines can be cut. */
export function Duo({ ann, bob, place }: DuoProps): JSX.Element {
  const showing = useSignal(false);
  const show = async (): Promise<void> => {
    if (showing.value) return;
    showing.value = true;
    const wait = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, stepTime));
    bob.cut();
    for (const line of script) {
      await wait();
      await ann.send(place, line);
    }
    await wait();
    bob.mend();
    showing.value = false;
  };
  const isCut = bob.line.state.value === "cut";
  return (
    <div class="page duo">
      <PageHead title="Chat">
        <a href="/hub">Statistics of the hub</a>
        <a class="enter" href="#/everyone">
          Enter as yourself
        </a>
      </PageHead>
      <main>
        <div class="intro">
          <div>
            <h1>Cut Bob's line. Nothing is lost.</h1>
            <p class="lede">
              Ann and Bob each read one long HTTP response. Cut Bob's, let Ann write, and mend it: his browser
              asks again with the <b>id of the last message that he has seen</b>, and gets the rest,{" "}
              <b>once each, in order</b>.
            </p>
          </div>
          <div class="acts">
            <button type="button" class="primary" aria-disabled={showing.value} onClick={() => void show()}>
              <Icon name="play" />
              {showing.value ? "Watch Bob …" : "Show me"}
            </button>
            <button type="button" onClick={() => void ann.ask(titleOf(place).slice(1), question)}>
              <Icon name="spark" />
              Ask the model
            </button>
            <button type="button" aria-pressed={isCut} onClick={() => (isCut ? bob.mend() : bob.cut())}>
              <Icon name={isCut ? "plug" : "cut"} />
              {isCut ? "Mend Bob's line" : "Cut Bob's line"}
            </button>
          </div>
        </div>
        <div class="stage">
          <Person client={ann} place={place} />
          <Person client={bob} place={place} />
          <div class="evidence">
            <Notice told={bob.told} />
            <Timeline line={bob.line} />
            <WirePanel line={bob.line} title="Bob's line" />
          </div>
        </div>
      </main>
    </div>
  );
}

function Person({ client, place }: { client: ChatClient; place: Place }): JSX.Element {
  const { name, line } = client;
  return (
    <section class="person card" data-state={line.state.value} aria-label={name}>
      <header class="person-head">
        <span class="avatar" aria-hidden="true">
          {name[0]}
        </span>
        <h2>{name}</h2>
        <StatusPill line={line} />
      </header>
      <ConversationView client={client} place={place} id={`message-${name}`} />
    </section>
  );
}
