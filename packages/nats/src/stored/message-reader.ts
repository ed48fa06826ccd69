import type { StoredMsg } from "@nats-io/jetstream";
import type { NewLogEntry } from "@sse/hub/log";
import type { Link, Session } from "../connection/link.js";
import { decodeEntry, type StoredMessage } from "../entry-codec.js";

/** Reads messages by their sequences. Readers that catch up together share what is under way. */
export class StoredEntries {
  readonly #link: Link;
  readonly #underWay = new Map<string, Promise<StoredMessage | undefined>>();

  constructor(link: Link) {
    this.#link = link;
  }

  /** The entry with a sequence, `undefined` if it is gone. */
  async entry(session: Session, sequence: number): Promise<NewLogEntry | undefined> {
    const message = await this.message(session, sequence);
    return message === undefined ? undefined : decodeEntry(message, this.#link.subjects);
  }

  /** The message with a sequence, `undefined` if it is gone. */
  message(session: Session, sequence: number): Promise<StoredMessage | undefined> {
    const key = `${session.epoch}-${sequence}`;
    const earlier = this.#underWay.get(key);
    if (earlier !== undefined) return earlier;
    const asked = this.#ask(session, sequence).finally(() => this.#underWay.delete(key));
    this.#underWay.set(key, asked);
    return asked;
  }

  async #ask({ jsm, info }: Session, sequence: number): Promise<StoredMessage | undefined> {
    const { stream } = this.#link.settings;
    const query = { seq: sequence };
    const direct = info.config.allow_direct ? await jsm.direct.getMessage(stream, query) : null;
    // A replica that lags has not got everything yet: only the leader knows what is gone.
    const found = direct ?? (await jsm.streams.getMessage(stream, query));
    return found === null ? undefined : messageOf(found);
  }
}

function messageOf({ subject, header, data }: StoredMsg): StoredMessage {
  return { subject, headers: header, payload: data };
}
