import { createHash } from "node:crypto";
import { type EpochOffset, isEpoch, randomEpoch } from "@sse/hub/log";
import { isServerError } from "../driver.js";
import { epochEnded, evictionPolicy, isReplica, unavailable, unexpectedReply } from "../errors.js";
import type { Opened } from "../link.js";
import type { Session } from "../session.js";

/** Number of epochs that are remembered after they were left. */
const maxLeftEpochs = 100;

/** A reply of a script: the outcome, and its details. */
export type Reply = readonly [status: string, ...rest: unknown[]];

/** The script and the data of an {@link EpochScript}. */
export interface EpochScriptContext {
  readonly script: string;
  /** Returns the keys of an epoch, in the order of the script. The first one is that of all. */
  readonly keysOf: (epoch: string) => readonly string[];
  /** Whether a restart loses nothing; `undefined` if the server is to be asked. */
  readonly durable: boolean | undefined;
  /** Receives settings of the server that break promises. */
  readonly onWarning: (warning: Error) => void;
}

/**
 * Runs a script on data in Redis. Each operation belongs to an epoch, and the script refuses it
 * once that epoch has ended. As soon as one session finds another epoch, all sessions are retired,
 * so that each reopens in the new one.
 */
export class EpochScript {
  readonly #context: EpochScriptContext;
  readonly #digest: string;
  /**
   * The newest position of any reply. A server that is behind it, or has another entry there, has
   * lost data.
   */
  #seen: EpochOffset = { epoch: "", offset: 0 };
  /**
   * Epochs that have ended for this instance. A server that has one of them again has lost the
   * later ones.
   */
  readonly #left = new Set<string>();
  /** The open sessions of the log, which all belong to the epoch of `#seen`. */
  readonly #sessions = new Set<Session>();
  /** The script, while a session loads it again. */
  readonly #loading = new WeakMap<Session, Promise<unknown>>();

  constructor(context: EpochScriptContext) {
    this.#context = context;
    this.#digest = createHash("sha1").update(context.script).digest("hex");
  }

  /** Finds the epoch and the head. Starts a new epoch if the server has lost data or may have. */
  async open(session: Session): Promise<EpochOffset> {
    const next = randomEpoch();
    const durable = await this.#durability(session);
    for (let { epoch } = this.#seen; ; ) {
      const isLeft = this.#left.has(epoch) ? "1" : "0";
      const args = [
        this.#context.script,
        ...this.#keys(epoch),
        ...this.#head("open", epoch, durable),
        next,
        isLeft,
      ];
      const [status, found, head, tag, policy] = replyOf(await session.send("EVAL", args, 2));
      if (status === "replica") throw isReplica();
      if (!isEpoch(found)) throw unexpectedReply();
      // Another connection may have left this epoch in the meantime.
      if (status === "ok" && !this.#left.has(found)) {
        this.#enter(found);
        this.join(session);
        this.#checkPolicy(policy);
        return this.record(found, head, tag);
      }
      epoch = found;
    }
  }

  /** Registers a session to be retired when another epoch is found. */
  join(session: Session): void {
    this.#sessions.add(session);
    void session.ended.then(() => this.#sessions.delete(session));
  }

  /** Records the position that a reply has shown by its offset and its tag, and returns it. */
  record(epoch: string, offset: unknown, tag: unknown): EpochOffset {
    const hasTag = typeof tag === "string" && tag !== "";
    return this.see({ epoch, offset: Number(offset), ...(hasTag && { tag }) });
  }

  /** Records a position that a reply has shown, and returns it. */
  see(position: EpochOffset): EpochOffset {
    if (!Number.isSafeInteger(position.offset)) throw unexpectedReply();
    if (position.epoch === this.#seen.epoch && position.offset > this.#seen.offset) this.#seen = position;
    return position;
  }

  /**
   * Runs an operation in the session's epoch.
   *
   * @param keys the keys of this operation alone.
   * @throws {SseError} (as a rejection) `log-unavailable` if the epoch has ended; and the errors of
   * {@link Session.send}.
   */
  async run(
    { session, prepared }: Opened<EpochOffset>,
    operation: string,
    args: readonly string[],
    keys: readonly string[] = [],
  ): Promise<Reply> {
    const sent = [...this.#keys(prepared.epoch, keys), ...this.#head(operation, prepared.epoch), ...args];
    const [status, ...rest] = await this.#evaluate(session, prepared.epoch, sent).catch((error) => {
      // Another connection may reach a server that can.
      if (isServerError(error)) session.retire(error);
      throw error;
    });
    if (status !== "epoch" && status !== "replica") return [status, ...rest];
    const cause = status === "epoch" ? epochEnded() : isReplica();
    session.retire(cause);
    throw unavailable(cause);
  }

  #enter(epoch: string): void {
    const previous = this.#seen.epoch;
    if (epoch === previous) return;
    this.#seen = { epoch, offset: 0 };
    if (previous === "") return;
    this.#left.add(previous);
    for (const oldest of this.#left) {
      if (this.#left.size <= maxLeftEpochs) break;
      this.#left.delete(oldest);
    }
    for (const session of [...this.#sessions]) session.retire(epochEnded());
  }

  /** Returns the `durable` argument of the script. By default the server's own settings decide. */
  async #durability(session: Session): Promise<string> {
    const { durable } = this.#context;
    if (durable !== undefined) return durable ? "1" : "0";
    const reply = await session.send("CONFIG", ["GET", "append*"], 0).catch((error) => {
      // The command may be forbidden.
      if (isServerError(error)) return [];
      throw error;
    });
    const settings = new Map<unknown, unknown>();
    const flat = Array.isArray(reply) ? reply : [];
    for (let i = 0; i < flat.length; i += 2) settings.set(flat[i], flat[i + 1]);
    return settings.get("appendonly") === "yes" && settings.get("appendfsync") === "always" ? "auto" : "0";
  }

  #checkPolicy(policy: unknown): void {
    if (typeof policy === "string" && policy !== "" && policy !== "noeviction")
      this.#context.onWarning(evictionPolicy(policy));
  }

  /**
   * Evaluates the script by its digest. A server that has forgotten the script has run nothing, and
   * loads it again.
   */
  async #evaluate(session: Session, epoch: string, args: readonly string[]): Promise<Reply> {
    const evaluate = async () => replyOf(await session.send("EVALSHA", [this.#digest, ...args], 2));
    return evaluate().catch(async (error) => {
      if (!isServerError(error) || !error.message.startsWith("NOSCRIPT ")) throw error;
      const head = [this.#context.script, ...this.#keys(epoch), ...this.#head("head", epoch)];
      const loading = this.#loading.get(session) ?? session.send("EVAL", head, 2);
      this.#loading.set(session, loading);
      await loading.finally(() => this.#loading.delete(session));
      return evaluate();
    });
  }

  /** Returns the number of keys, and the keys. */
  #keys(epoch: string, more: readonly string[] = []): string[] {
    const all = [...this.#context.keysOf(epoch), ...more];
    return [String(all.length), ...all];
  }

  /** Returns the arguments of every operation. */
  #head(operation: string, epoch: string, durable = this.#context.durable ? "1" : "0"): string[] {
    const { offset, tag } = this.#seen.epoch === epoch ? this.#seen : { offset: 0, tag: undefined };
    return [operation, epoch, durable, String(offset), tag ?? ""];
  }
}

function replyOf(reply: unknown): Reply {
  if (!Array.isArray(reply) || typeof reply[0] !== "string") throw unexpectedReply();
  return reply as unknown as Reply;
}
