import { batch, type Signal, signal } from "@preact/signals";
import { createSharedEventSource } from "@sse/client/shared";
import { countTabs, Line, type LineEvent, type Told } from "@sse/ui";
import { AnswerReader } from "./answer.js";
import { type ChatMessage, changeRooms, fetchHistory, type PastMessage, post, requestKey } from "./api.js";
import { addressOf, hashOf, type Place, placeOf, placeOfMessage } from "./conversation.js";
import {
  type Bubble,
  failedIn,
  type Thread,
  withAnswer,
  withChange,
  withGap,
  withPast,
  withPending,
  withReceived,
} from "./thread.js";

/** Options of a {@link ChatClient}. */
export interface ChatClientOptions {
  readonly name: string;
  /** The rooms that are followed from the start. */
  readonly rooms: readonly string[];
  /** The names of clients that share a connection with those in other tabs. */
  readonly sharedName: string;
}

/** Milliseconds after which a person is no longer typing, unless another sign arrives. */
const typingTime = 4_000;

/** One person in the chat: a line, the conversations, and the messages that are being sent. */
export class ChatClient {
  readonly name: string;
  readonly line: Line;
  readonly tabs: ReturnType<typeof countTabs>;
  readonly rooms: Signal<readonly string[]>;
  /** The threads by the hash of their conversation. */
  readonly threads: Signal<ReadonlyMap<string, Thread>> = signal(new Map());
  readonly users: Signal<readonly string[]> = signal([]);
  /** The person who is typing, by conversation. */
  readonly typing: Signal<ReadonlyMap<string, string>> = signal(new Map());
  readonly told: Signal<Told>;
  /** The process that serves the connection, and whether there are several. */
  readonly served: Signal<{ process: number; several: boolean }> = signal({ process: 0, several: false });
  /** Messages that have arrived late since the last break. */
  readonly late: Signal<number> = signal(0);

  readonly #answers = new Map<string, AnswerReader>();
  #gap = false;
  /** The rooms that the request of the connection named. */
  #followed: readonly string[] = [];
  readonly #timers = new Map<string, ReturnType<typeof setTimeout>>();

  constructor({ name, rooms, sharedName }: ChatClientOptions) {
    this.name = name;
    this.rooms = signal(rooms);
    this.told = signal({ tone: "calm", text: "Connecting …" });
    const request = (): string => {
      this.#followed = this.rooms.value;
      return path();
    };
    const path = (): string => {
      const rooms = this.rooms.value.map(encodeURIComponent).join(",");
      return `/chat/sse?username=${encodeURIComponent(name)}&rooms=${rooms}&page`;
    };
    const source = createSharedEventSource(request, { name: sharedName });
    this.line = new Line(source, {
      path,
      listener: {
        event: (event) => this.#received(event),
        live: (info) => void this.#live(info),
        gap: ({ reason }) => this.#tellGap(reason),
        away: () => this.#away(),
      },
    });
    this.tabs = countTabs(sharedName, source);
  }

  thread(place: Place): Thread {
    return this.threads.value.get(hashOf(place)) ?? [];
  }

  /** Sends a message. Its bubble is there at once, and stays until it has been sent. */
  async send(place: Place, text: string): Promise<void> {
    const key = requestKey();
    const time = new Date().toISOString();
    const bubble: Bubble = {
      kind: "message",
      key,
      id: "",
      from: this.name,
      text,
      time,
      delivery: "sending",
      late: false,
    };
    this.#change(place, (thread) => withPending(thread, bubble));
    await this.#post(place, bubble);
  }

  /** Sends a message again that was not sent, with its first key: it arrives once at most. */
  async retry(place: Place, bubble: Bubble): Promise<void> {
    this.#change(place, (thread) => withChange(thread, bubble.key, { delivery: "sending" }));
    await this.#post(place, bubble);
  }

  /** Follows a room, on the live connection, and reads its past. */
  async join(room: string): Promise<void> {
    if (this.rooms.value.includes(room)) return;
    this.rooms.value = [...this.rooms.value, room];
    await this.#changeRooms({ subscribe: [room] }, `+ ${room}`);
    await this.#loadPast({ rooms: room });
  }

  /** Stops following a room. */
  async leave(room: string): Promise<void> {
    this.rooms.value = this.rooms.value.filter((name) => name !== room);
    await this.#changeRooms({ unsubscribe: [room] }, `- ${room}`);
  }

  /** Asks the model. The answer is received in the room. */
  ask(room: string, question: string): Promise<unknown> {
    return post("/chat/ask", { from: this.name, room, message: question });
  }

  /** Returns the reader of an answer. */
  answer(run: string): AnswerReader {
    const reader = this.#answers.get(run) ?? new AnswerReader(run, `chat ${this.name} ${run}`);
    this.#answers.set(run, reader);
    return reader;
  }

  /** Closes the connections until {@link mend}. */
  cut(): void {
    this.line.source.close();
    for (const reader of this.#answers.values()) reader.cut();
  }

  /** Connects again, from the last event on. */
  mend(): void {
    this.line.source.connect();
    for (const reader of this.#answers.values()) reader.mend();
  }

  /** Notifies the audience of a conversation that a message is being written. */
  announceTyping(place: Place): void {
    void post("/chat/typing", { from: this.name, ...addressOf(place).parameters });
  }

  async #changeRooms(change: object, note: string): Promise<void> {
    const connection = this.line.connection.value;
    // Without a connection the next request names the rooms.
    if (connection === "") return;
    this.line.note(`POST /chat/subscription  ${note}  (same connection)`);
    await changeRooms(connection, change);
  }

  async #post(place: Place, { key, text }: Bubble): Promise<void> {
    const { path, parameters } = addressOf(place);
    const headers = { "idempotency-key": key };
    const outcome = await post(path, { from: this.name, message: text, ...parameters }, headers);
    if (outcome.kind === "done") {
      const id = String(outcome.body["id"]);
      this.#change(place, (thread) => withChange(thread, key, { id, delivery: "sent" }));
    } else if (outcome.kind === "refused") {
      this.#change(place, (thread) =>
        withChange(thread, key, { delivery: "refused", reason: outcome.reason }),
      );
    } else {
      this.#change(place, (thread) => withChange(thread, key, { delivery: "failed" }));
    }
  }

  #change(place: Place, change: (thread: Thread) => Thread): void {
    const hash = hashOf(place);
    const threads = new Map(this.threads.value);
    threads.set(hash, change(threads.get(hash) ?? []));
    this.threads.value = threads;
  }

  #received({ event, data, id = "", replayed }: LineEvent): void {
    const value = JSON.parse(data);
    if (event === "broadcast" || event === "room" || event === "direct") {
      const message: ChatMessage = value;
      const place = placeOfMessage(message, this.name);
      this.#change(place, (thread) => withReceived(thread, message, { id, me: this.name, late: replayed }));
      if (message.From !== this.name) this.#stopTyping(place);
    } else if (event === "answer") {
      this.#change(placeOfMessage(value, this.name), (thread) => withAnswer(thread, value, id));
    } else if (event === "presence") this.users.value = value.Users;
    else if (event === "typing" && value.From !== this.name)
      this.#showTyping(placeOfMessage(value, this.name), value.From);
    else if (event === "served") this.served.value = { process: value.Process, several: value.Several };
  }

  async #live({ replayed, resumed }: { replayed: number; resumed: boolean }): Promise<void> {
    this.late.value = resumed ? replayed : 0;
    if (!resumed)
      this.told.value = { tone: "calm", text: "Live.", detail: "Messages arrive as events of one response." };
    else if (!this.#gap) this.told.value = toldReturn(replayed);
    this.#gap = false;
    const { request } = this.line.source;
    // A room may have been joined while the request was on its way.
    if (request !== undefined && this.#followed !== this.rooms.value)
      await changeRooms(this.line.connection.value, { subscribe: this.rooms.value });
    for (const [hash, thread] of this.threads.value) {
      const place = placeOf(hash);
      if (place !== undefined) for (const bubble of failedIn(thread)) void this.retry(place, bubble);
    }
    await this.#loadPast({ username: this.name, rooms: this.rooms.value.join(",") }, !resumed);
  }

  /** Reads the past. It is read after the line is live, so that no message is between the two. */
  async #loadPast(parameters: Record<string, string>, messages = true): Promise<void> {
    const { Messages, Users } = await fetchHistory(parameters).catch(() => ({
      Messages: [],
      Users: undefined,
    }));
    batch(() => {
      if (Users !== undefined) this.users.value = Users;
      if (!messages) return;
      const places = new Map(
        Messages.map((message) => [this.#hashOf(message), placeOfMessage(message, this.name)]),
      );
      for (const [hash, place] of places) {
        const past = Messages.filter((message) => this.#hashOf(message) === hash);
        this.#change(place, (thread) => withPast(thread, past));
      }
    });
  }

  #hashOf(message: PastMessage): string {
    return hashOf(placeOfMessage(message, this.name));
  }

  #tellGap(reason: string): void {
    this.#gap = true;
    const text = reason === "evicted" ? "Some messages are no longer held." : "The server was restarted.";
    this.told.value = {
      tone: "gap",
      text,
      detail: "It said so: a line in the conversation marks the place.",
    };
    const key = `gap ${Date.now()}`;
    const threads = [...this.threads.value].map(
      ([hash, thread]) => [hash, withGap(thread, reason, key)] as const,
    );
    this.threads.value = new Map(threads);
  }

  #away(): void {
    const cut = this.line.state.value === "cut";
    this.told.value = {
      tone: "away",
      text: cut ? "The line is cut." : "The line is down.",
      detail: "The others go on writing. What is missed is sent when the line is back.",
    };
    this.typing.value = new Map();
  }

  #showTyping(place: Place, person: string): void {
    const hash = hashOf(place);
    this.typing.value = new Map(this.typing.value).set(hash, person);
    clearTimeout(this.#timers.get(hash));
    this.#timers.set(
      hash,
      setTimeout(() => this.#stopTyping(place), typingTime),
    );
  }

  #stopTyping(place: Place): void {
    const typing = new Map(this.typing.value);
    if (typing.delete(hashOf(place))) this.typing.value = typing;
  }
}

function toldReturn(replayed: number): Told {
  if (replayed === 0) return { tone: "calm", text: "Back, and nothing was missed." };
  const count = replayed === 1 ? "1 missed message" : `${replayed} missed messages`;
  return {
    tone: "replay",
    text: `${count} arrived: in order, once each.`,
    detail: "Nothing had to be loaded again.",
  };
}
