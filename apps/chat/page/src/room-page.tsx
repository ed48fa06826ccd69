import { useSignal } from "@preact/signals";
import { CommandBox, Icon, Notice, PageHead, StatusPill, TabsNote, WirePanel } from "@sse/ui";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { post } from "./api.js";
import type { ChatClient } from "./chat-client.js";
import { addressOf, everyone, hashOf, type Place, titleOf } from "./conversation.js";
import { ConversationView } from "./conversation-view.js";
import type { ReadMarks } from "./read-marks.js";
import { Sidebar } from "./sidebar.js";

/** Parameters of a {@link RoomPage}. */
export interface RoomPageProps {
  readonly client: ChatClient;
  readonly place: Place;
  readonly marks: ReadMarks;
  /** Called to choose another name. */
  readonly onLeave: () => void;
}

/** The chat of one person. */
export function RoomPage({ client, place, marks, onLeave }: RoomPageProps): JSX.Element {
  const hash = hashOf(place);
  const thread = client.thread(place);
  useEffect(() => {
    const last = thread.findLast((one) => one.kind === "message");
    if (last?.kind === "message" && document.visibilityState === "visible") marks.readUntil(hash, last.time);
  }, [thread, hash]);
  const live = client.line.state.value === "live";
  const leave = async (room: string): Promise<void> => {
    location.hash = hashOf(everyone);
    await client.leave(room);
  };
  return (
    <div class="page room-page">
      <a class="skip" href="#message">
        Skip to the message box
      </a>
      <PageHead title="Chat">
        <Served client={client} />
        <StatusPill line={client.line} />
        <button
          type="button"
          aria-disabled={!live}
          onClick={() => live && void post("/chat/drop", { connection: client.line.connection.value })}
        >
          <Icon name="cut" />
          Drop for 6 s
        </button>
      </PageHead>
      <main class="room-grid">
        <Sidebar client={client} place={place} marks={marks} onLeave={onLeave} />
        <section class="card room" aria-label={titleOf(place)}>
          <header class="room-head">
            <h1 dir="auto">{titleOf(place)}</h1>
            {place.kind === "room" && !["general", "random"].includes(place.name) && (
              <button type="button" class="quiet" onClick={() => void leave(place.name)}>
                Leave the room
              </button>
            )}
          </header>
          <Notice told={client.told} />
          <ConversationView key={hash} client={client} place={place} id="message" />
        </section>
        <aside class="room-side" aria-label="The connection">
          <TabsNote tabs={client.tabs} />
          <WirePanel line={client.line} />
          <Commands client={client} place={place} />
        </aside>
      </main>
    </div>
  );
}

/** Says which process serves the connection, and kills it on request. */
function Served({ client }: { client: ChatClient }): JSX.Element | null {
  const { process, several } = client.served.value;
  if (process === 0) return null;
  return (
    <p class="served small">
      served by process <b class="mono">{process}</b>
      {several && (
        <button
          type="button"
          class="quiet"
          onClick={() => void post("/chat/kill", { process: String(process) })}
        >
          Kill it
        </button>
      )}
    </p>
  );
}

function Commands({ client, place }: { client: ChatClient; place: Place }): JSX.Element {
  const open = useSignal(false);
  const { path, parameters } = addressOf(place);
  const query = new URLSearchParams({ from: "curl", message: "hi", ...parameters });
  const listen = new URLSearchParams({ username: "curl", rooms: client.rooms.value.join(",") });
  return (
    <details
      class="commands"
      open={open.value}
      onToggle={({ currentTarget }) => {
        open.value = currentTarget.open;
      }}
    >
      <summary>From a terminal</summary>
      <CommandBox
        label="Listen as another person"
        command={`curl -N '${location.origin}/chat/sse?${listen}'`}
      />
      <CommandBox
        label="Write into this conversation"
        command={`curl -X POST '${location.origin}${path}?${query}'`}
      />
    </details>
  );
}
