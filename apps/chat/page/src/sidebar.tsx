import { useSignal } from "@preact/signals";
import { Icon } from "@sse/ui";
import type { JSX } from "preact";
import { everyone, hashOf, isRoom, type Place, titleOf } from "./conversation.js";
import type { RoomPageProps } from "./room-page.js";
import { unreadIn } from "./thread.js";

/** The name of the bot of the server. */
const botName = "Echo";

/** The conversations, the people, and who one is. */
export function Sidebar({ client, place, marks, onLeave }: RoomPageProps): JSX.Element {
  const live = client.line.state.value === "live";
  const people = client.users.value.filter((user) => user !== client.name);
  const row = (one: Place, note?: string): JSX.Element => {
    const hash = hashOf(one);
    const unread = hash === hashOf(place) ? 0 : unreadIn(client.thread(one), client.name, marks.of(hash));
    return (
      <li key={hash}>
        <a class="row" href={hash} aria-current={hash === hashOf(place) ? "page" : undefined}>
          <span dir="auto">{titleOf(one)}</span>
          {note && <small class="muted">{note}</small>}
          {unread > 0 && (
            <span class="unread">
              {unread}
              <span class="visually-hidden"> unread</span>
            </span>
          )}
        </a>
      </li>
    );
  };
  const others = [...new Set([botName, ...people])];
  return (
    <nav class="sidebar card" aria-label="Conversations">
      <ul>{row(everyone)}</ul>
      <h2>Rooms</h2>
      <ul>{client.rooms.value.map((name) => row({ kind: "room", name }))}</ul>
      <AddRoom />
      <h2>
        People <small class="muted">{live ? `${people.length + 1} online` : "as of before the break"}</small>
      </h2>
      <ul class="people" data-stale={!live}>
        {others.map((name) =>
          row({ kind: "direct", name }, name === botName ? "bot" : live ? "online" : "?"),
        )}
      </ul>
      <p class="me">
        You are <b dir="auto">{client.name}</b>
        <button type="button" class="quiet" onClick={onLeave}>
          Change
        </button>
      </p>
      <p class="small">
        <a href="#/">Ann and Bob</a> · <a href="/hub">Hub</a>
      </p>
    </nav>
  );
}

function AddRoom(): JSX.Element {
  const name = useSignal("");
  const problem = useSignal("");
  const add = (): void => {
    const room = name.value.trim().normalize("NFC").toLowerCase();
    problem.value = isRoom(room) ? "" : "Use letters, digits, - and _.";
    if (problem.value !== "") return;
    name.value = "";
    location.hash = hashOf({ kind: "room", name: room });
  };
  return (
    <form
      class="add-room"
      onSubmit={(event) => {
        event.preventDefault();
        add();
      }}
    >
      <label for="new-room" class="visually-hidden">
        Join a room
      </label>
      <input
        id="new-room"
        type="text"
        placeholder="Join a room…"
        maxLength={32}
        aria-describedby="room-problem"
        value={name.value}
        onInput={({ currentTarget }) => {
          name.value = currentTarget.value;
        }}
      />
      <button type="submit" class="icon-only" aria-label="Join">
        <Icon name="plus" />
      </button>
      <p id="room-problem" class="problem small" role="alert">
        {problem}
      </p>
    </form>
  );
}
