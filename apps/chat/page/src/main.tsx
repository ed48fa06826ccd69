import { effect, signal, untracked } from "@preact/signals";
import { fontsLoaded } from "@sse/ui";
import { render } from "preact";
import { ChatClient } from "./chat-client.js";
import { type Place, placeOf } from "./conversation.js";
import { Duo } from "./duo.js";
import { Join } from "./join.js";
import { ReadMarks } from "./read-marks.js";
import { remembered, rememberedRooms, rememberRooms } from "./remembered.js";
import { RoomPage } from "./room-page.js";
import "./style.css";

const nameKey = "chat name";

const hash = signal(location.hash);
addEventListener("hashchange", () => {
  hash.value = location.hash;
});

/** The name that was chosen in this tab: two tabs may be two people. */
const name = signal(sessionStorage.getItem(nameKey) ?? "");

let duo: { ann: ChatClient; bob: ChatClient; place: Place } | undefined;
let own: { client: ChatClient; marks: ReadMarks } | undefined;

/** Shows the page that the URL names. */
function show(): void {
  const root = document.querySelector("#app")!;
  const place = placeOf(hash.value);
  if (place === undefined) render(<Duo {...openDuo()} />, root);
  else if (name.value === "") render(<Join onJoin={choose} />, root);
  else {
    const { client, marks } = openOwn(name.value);
    if (place.kind === "room") void client.join(place.name);
    render(<RoomPage client={client} place={place} marks={marks} onLeave={() => choose("")} />, root);
  }
}

function choose(chosen: string): void {
  sessionStorage.setItem(nameKey, chosen);
  closeOwn();
  name.value = chosen;
}

function closeOwn(): void {
  own?.client.cut();
  own = undefined;
}

/** Opens the connections of Ann and Bob, in a room of this browser alone. */
function openDuo(): { ann: ChatClient; bob: ChatClient; place: Place } {
  closeOwn();
  if (duo !== undefined) return duo;
  const room = remembered("chat duo room", () => `duo-${crypto.randomUUID().slice(0, 8)}`);
  const [ann, bob] = ["Ann", "Bob"].map(
    (person) => new ChatClient({ name: person, rooms: [room], sharedName: `chat ${person} ${room}` }),
  ) as [ChatClient, ChatClient];
  duo = { ann, bob, place: { kind: "room", name: room } };
  return duo;
}

/** Opens the connection of the person of this tab. */
function openOwn(person: string): { client: ChatClient; marks: ReadMarks } {
  duo?.ann.cut();
  duo?.bob.cut();
  duo = undefined;
  if (own !== undefined) return own;
  const client = new ChatClient({
    name: person,
    rooms: rememberedRooms(person),
    sharedName: `chat ${person}`,
  });
  effect(() => rememberRooms(person, client.rooms.value));
  own = { client, marks: new ReadMarks(person) };
  return own;
}

await fontsLoaded();
effect(() => {
  void hash.value;
  void name.value;
  untracked(show);
});
