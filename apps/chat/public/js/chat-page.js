import { announce } from "./announcer.js";
import { get, post } from "./api.js";
import { paintAvatar } from "./avatar.js";
import { Composer } from "./composer.js";
import { keyOf } from "./conversation.js";
import { Conversations } from "./conversations.js";
import { byId } from "./dom.js";
import { Drawer } from "./drawer.js";
import { emptyView } from "./empty-view.js";
import { LiveStream } from "./live-stream.js";
import { bot, fixedRooms, mostRooms, postTo, streamUrl, titleOf } from "./names.js";
import { joinedRooms, keepRooms } from "./remembered.js";
import { RoomDialog } from "./room-dialog.js";
import { Sidebar } from "./sidebar.js";
import { Status } from "./status.js";
import { Terminal } from "./terminal.js";
import { Thread } from "./thread.js";
import { Title } from "./title.js";
import { TypingPeople } from "./typing.js";

/**
 * @typedef {import("./conversation.js").Conversation} Conversation
 * @typedef {import("./conversations.js").ChatMessage} ChatMessage
 * @typedef {import("./conversations.js").When} When
 * @typedef {import("./live-stream.js").Typing} Typing
 */

/** Milliseconds after which the bot, told to count, has begun to. */
const botBegins = 1_500;

/** The chat itself. What the stream brings goes into the conversations, and from there to the views; what people do goes to the server. */
export class ChatPage {
  #root = byId("chat", HTMLElement);
  #drawer = new Drawer();
  #typing = new TypingPeople();
  #terminal = new Terminal();
  #sidebar = new Sidebar((kind, name) => this.#choose(this.#conversations.at(kind, name)));
  #title = new Title(() => this.#leaveRoom());
  #status = new Status(() => void this.#drop());
  #thread = new Thread((conversation) => this.#emptyView(conversation));
  #composer = new Composer(
    (conversation, text) => this.#send(conversation, text),
    (conversation) => this.#noticeTyping(conversation),
  );
  #conversations = new Conversations("", []);
  /** @type {readonly string[]} */
  #online = [];
  /** How often the stream has told who is online. */
  #presenceTold = 0;
  /** @type {LiveStream | undefined} */
  #stream;
  /** What the server calls the connection. */
  #connection = "";
  #onLeave;

  /** @param {(reason: string) => void} onLeave called when the name is given up, with the reason if the server does not want it */
  constructor(onLeave) {
    this.#onLeave = onLeave;
    new RoomDialog((room) => this.#joinRoom(room));
    byId("leave", HTMLButtonElement).addEventListener("click", () => this.#leave(""));
    document.addEventListener("visibilitychange", () => {
      this.#conversations.watch(!document.hidden);
      this.#showLists();
    });
  }

  /** @param {string} name */
  enter(name) {
    this.#conversations = new Conversations(name, [...fixedRooms, ...joinedRooms(name)]);
    this.#online = [];
    byId("me-name", HTMLElement).textContent = name;
    paintAvatar(byId("me-avatar", HTMLElement), name);
    this.#root.hidden = false;
    this.#show(this.#conversations.everyone);
    this.#connect();
    this.#composer.focus();
  }

  /** @param {string} reason */
  #leave(reason) {
    this.#drawer.close();
    this.#stream?.close();
    this.#root.hidden = true;
    document.title = "Chat";
    this.#onLeave(reason);
  }

  // What the stream brings

  #connect() {
    const { me, rooms } = this.#conversations;
    const names = rooms.map(({ name }) => name);
    this.#stream?.close();
    this.#stream = new LiveStream(streamUrl(me, names), {
      state: (state) => this.#status.show(state),
      message: (message, id, when) => this.#take(message, id, when),
      presence: ({ Type, User, Users }) => {
        this.#presenceTold += 1;
        this.#showPresence(Users);
        if (User !== me) announce(`${User} ${Type === "join" ? "is here" : "has left"}`);
      },
      typing: (typing) => this.#somebodyTypes(typing),
      gap: () => {
        this.#conversations.gap();
        this.#thread.update(false);
      },
      live: (connection) => this.#caughtUp(connection),
      refused: (reason) => {
        // The name will not do, or a room that was remembered with it: both begin again.
        keepRooms(me, []);
        this.#leave(reason);
      },
    });
  }

  /** @param {ChatMessage} message @param {string} id @param {When} when */
  #take(message, id, when) {
    const conversation = this.#conversations.take(message, id, when);
    if (conversation === undefined) return;
    this.#typing.stopped(conversation.key, message.From);
    if (conversation === this.#conversations.open) this.#thread.update(when !== "history");
    this.#showLists();
    if (when === "live" && message.From !== this.#conversations.me)
      announce(`${message.From}, ${titleOf(conversation)}: ${message.Message}`);
  }

  /** @param {string} connection */
  #caughtUp(connection) {
    this.#connection = connection;
    this.#status.welcome(this.#conversations.caughtUp());
    void this.#askWhoIsHere();
  }

  /** Presence is not in the log, so a new connection is told only what changes. What it was told meanwhile is newer than the answer. */
  async #askWhoIsHere() {
    const told = this.#presenceTold;
    const users = await get("/chat/users").catch(() => this.#online);
    if (told === this.#presenceTold) this.#showPresence(users);
  }

  /** @param {Typing} typing */
  #somebodyTypes({ Type, From, To }) {
    const { me } = this.#conversations;
    if (From !== me) this.#typing.started(keyOf(Type, Type === "direct" ? From : To), From);
  }

  // What the person does

  /** @param {Conversation} conversation @param {string} text */
  async #send(conversation, text) {
    const { path, parameters } = postTo(conversation, this.#conversations.me);
    const { id } = await post(path, { ...parameters, message: text });
    this.#conversations.sent(conversation, id, text);
    if (conversation === this.#conversations.open) this.#thread.update(true);
  }

  /** A notice that does not arrive is no loss. @param {Conversation} conversation */
  #noticeTyping(conversation) {
    const { parameters } = postTo(conversation, this.#conversations.me);
    post("/chat/typing", parameters).catch(() => {});
  }

  async #drop() {
    try {
      const { retry } = await post("/chat/drop", { connection: this.#connection });
      this.#status.keptAway(retry);
    } catch (error) {
      this.#status.say(`Not dropped: ${/** @type {Error} */ (error).message}`);
    }
  }

  /** @param {Conversation} conversation */
  async #countAndDrop(conversation) {
    await this.#send(conversation, "count 5").catch(() => {});
    setTimeout(() => void this.#drop(), botBegins);
  }

  /** @param {string} room */
  #joinRoom(room) {
    const { rooms } = this.#conversations;
    const known = rooms.some(({ name }) => name === room);
    if (!known && rooms.length >= mostRooms) {
      this.#drawer.close();
      this.#status.say(`You are in ${mostRooms} rooms, and that is the limit: leave one first.`);
      return;
    }
    this.#choose(this.#conversations.at("room", room));
    if (!known) this.#changedRooms();
  }

  #leaveRoom() {
    this.#conversations.remove(this.#conversations.open);
    this.#choose(this.#conversations.open);
    this.#changedRooms();
  }

  /** A stream follows the rooms in its address, also when it reconnects: other rooms, another stream. */
  #changedRooms() {
    const { me, rooms } = this.#conversations;
    const joined = rooms.map(({ name }) => name).filter((name) => !fixedRooms.includes(name));
    keepRooms(me, joined);
    this.#connect();
  }

  // What the page shows

  /** @param {Conversation} conversation */
  #choose(conversation) {
    this.#drawer.close();
    this.#show(conversation);
    this.#composer.focus();
  }

  /** @param {Conversation} conversation */
  #show(conversation) {
    this.#conversations.show(conversation);
    this.#thread.show(conversation);
    this.#composer.show(conversation);
    this.#typing.show(conversation.key);
    this.#terminal.show(conversation, this.#conversations.me);
    this.#showLists();
  }

  /** @param {readonly string[]} online */
  #showPresence(online) {
    this.#online = online;
    this.#showLists();
  }

  #showLists() {
    const { me, open, unread } = this.#conversations;
    this.#sidebar.show(this.#conversations, this.#online);
    this.#title.show(open, this.#online, me);
    byId("unread-elsewhere", HTMLElement).hidden = unread === 0;
    document.title = `${unread === 0 ? "" : `(${unread}) `}${titleOf(open)} · ${me} · Chat`;
  }

  /** @param {Conversation} conversation @returns {Node[]} */
  #emptyView(conversation) {
    return emptyView(conversation, this.#conversations.me, {
      write: (text) => {
        this.#composer.write(text);
        this.#composer.focus();
      },
      talkToBot: () => this.#choose(this.#conversations.at("direct", bot)),
      countAndDrop: () => void this.#countAndDrop(conversation),
    });
  }
}
