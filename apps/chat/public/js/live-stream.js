/**
 * @typedef {import("./conversations.js").ChatMessage} ChatMessage
 * @typedef {import("./conversations.js").When} When
 * @typedef {"connecting" | "live" | "reconnecting" | "offline"} State offline: the last attempt to connect failed
 * @typedef {{ Type: "join" | "leave", User: string, Users: string[] }} PresenceChange
 * @typedef {{ Type: import("./conversation.js").Kind, From: string, To: string }} Typing
 * @typedef {object} Listener
 * @property {(state: State) => void} state
 * @property {(message: ChatMessage, id: string, when: When) => void} message
 * @property {(change: PresenceChange) => void} presence
 * @property {(typing: Typing) => void} typing
 * @property {() => void} gap the server no longer holds some messages that would have come
 * @property {(connection: string) => void} live everything that was missed has come; `connection` is the stream's name at the server
 * @property {(reason: string) => void} refused the server does not want this stream, and trying again will not help
 */

/** Milliseconds to wait where the browser has given up by itself. */
const retryDelay = 3_000;

/**
 * The stream of one person: an `EventSource`, which reconnects and resumes by itself. What it leaves to the page is added here: to say what
 * the state is, to notice a line that is dead without being closed, and to go on after an answer that makes browsers give up.
 */
export class LiveStream {
  #url;
  #listener;
  /** @type {EventSource | undefined} */
  #source;
  /** @type {State} */
  #state = "connecting";
  /** How the messages that come now come. @type {When} */
  #when = "history";
  #answered = false;
  #closed = false;
  #lastId = "";
  #heartbeat = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /** @param {URL} url @param {Listener} listener */
  constructor(url, listener) {
    this.#url = url;
    this.#listener = listener;
    listener.state(this.#state);
    this.#connect();
  }

  close() {
    this.#closed = true;
    this.#disconnect();
  }

  #disconnect() {
    clearTimeout(this.#timer);
    this.#source?.close();
  }

  /** An `EventSource` of its own knows no id yet, so one that takes over is told where to go on. */
  #connect() {
    this.#disconnect();
    const url = new URL(this.#url);
    if (this.#lastId !== "") url.searchParams.set("lastEventId", this.#lastId);
    const source = new EventSource(url);
    this.#source = source;
    this.#answered = false;
    source.addEventListener("open", () => this.#opened());
    source.addEventListener("error", () => this.#broke(source));
    for (const name of ["broadcast", "room", "direct"]) this.#on(source, name, this.#message);
    this.#on(source, "presence", ({ data }) => this.#listener.presence(JSON.parse(data)));
    this.#on(source, "typing", ({ data }) => this.#listener.typing(JSON.parse(data)));
    this.#on(source, "sse:gap", () => this.#listener.gap());
    this.#on(source, "sse:live", this.#live);
    this.#on(source, "sse:heartbeat", () => {});
  }

  /** @param {EventSource} source @param {string} name @param {(this: LiveStream, event: MessageEvent<string>) => void} take */
  #on(source, name, take) {
    source.addEventListener(name, (event) => {
      this.#lastId = event.lastEventId;
      this.#watch();
      take.call(this, event);
    });
  }

  #opened() {
    this.#answered = true;
    if (this.#state === "offline") this.#setState("reconnecting");
  }

  /** @param {MessageEvent<string>} event */
  #message({ data, lastEventId }) {
    this.#listener.message(JSON.parse(data), lastEventId, this.#when);
  }

  /** @param {MessageEvent<string>} event */
  #live({ data }) {
    const { connection, heartbeat } = JSON.parse(data);
    this.#when = "live";
    this.#heartbeat = heartbeat;
    this.#watch();
    this.#setState("live");
    this.#listener.live(connection);
  }

  /** @param {EventSource} source */
  #broke(source) {
    clearTimeout(this.#timer);
    if (this.#when === "live") this.#when = "missed";
    this.#setState(this.#answered ? "reconnecting" : "offline");
    this.#answered = false;
    if (source.readyState === EventSource.CLOSED) void this.#gaveUp();
  }

  /** A browser gives up after an error status, and does not say which: ask again in a way that does. */
  async #gaveUp() {
    const reason = await refusal(this.#url);
    if (this.#closed) return;
    if (reason === undefined) this.#timer = setTimeout(() => this.#connect(), retryDelay);
    else this.#listener.refused(reason);
  }

  /** Something came. If not even heartbeats come any more, the line is dead. */
  #watch() {
    clearTimeout(this.#timer);
    if (this.#heartbeat === 0) return;
    this.#timer = setTimeout(() => {
      this.#when = "missed";
      this.#setState("reconnecting");
      this.#connect();
    }, this.#heartbeat * 2.5);
  }

  /** @param {State} state */
  #setState(state) {
    this.#state = state;
    this.#listener.state(state);
  }
}

/** Why the server refuses the stream, if it does for good. @param {URL} url @returns {Promise<string | undefined>} */
async function refusal(url) {
  const question = new AbortController();
  try {
    const response = await fetch(url, { signal: question.signal });
    if (response.status !== 400) return undefined;
    const { error } = await response.json();
    return error.message;
  } catch {
    return undefined;
  } finally {
    question.abort();
  }
}
