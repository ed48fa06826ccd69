import { DiscardPolicy, JetStreamApiCodes, RetentionPolicy, StorageType } from "@nats-io/jetstream";
import { headers } from "@nats-io/nats-core";
import { encodeUtf8 } from "@sse/core/internal";
import { isEpoch } from "@sse/hub/log";
import { publishAcked } from "./pub-ack.js";
import { addStream, findStream } from "./stream.js";
import type { VerifyContext } from "./verify-context.js";

/** The epoch that the instances have agreed on. */
export interface EpochRecord {
  readonly epoch: string;
  /**
   * The identity of the hub's stream. Absent in records of the first version, which have only
   * `created`.
   */
  readonly stream?: string;
  /** The time at which the stream was created, for instances of the first version. */
  readonly created: string;
  /**
   * The stream's last sequence when the epoch started. A stream that ends before has lost entries.
   */
  readonly from: number;
  /** Present while an instance creates the stream: the identity that it will have. */
  readonly creating?: string;
}

/** A record and its sequence, which the next write must name. */
export interface StoredRecord {
  readonly record: EpochRecord | undefined;
  readonly sequence: number;
}

/**
 * Stores the epoch as one message in a small stream of its own. For a stream that is not durable it
 * is kept in memory, so that it ends with the server's process.
 */
export class EpochStore {
  readonly #context: VerifyContext;
  readonly #stream: string;
  readonly #subject: string;

  private constructor(context: VerifyContext, stream: string, subject: string) {
    this.#context = context;
    this.#stream = stream;
    this.#subject = subject;
  }

  /** Opens the store, and creates its stream if it is missing. */
  static async open(context: VerifyContext, durable: boolean): Promise<EpochStore> {
    const { jsm, settings, subjects } = context;
    const name = `${settings.stream}-epoch-${durable ? "kept" : "run"}`;
    const subject = durable ? subjects.epochDurable : subjects.epochVolatile;
    if ((await findStream(jsm, name)) === undefined)
      await addStream(jsm, {
        name,
        subjects: [subject],
        retention: RetentionPolicy.Limits,
        discard: DiscardPolicy.Old,
        storage: durable ? StorageType.File : StorageType.Memory,
        num_replicas: settings.replicas,
        max_msgs: 1,
      });
    return new EpochStore(context, name, subject);
  }

  async read(): Promise<StoredRecord> {
    const last = await this.#context.jsm.streams.getMessage(this.#stream, { last_by_subj: this.#subject });
    if (last === null) return { record: undefined, sequence: 0 };
    return { record: parseRecord(last.string()), sequence: last.seq };
  }

  /** Replaces the record with this sequence. Resolves to false if another instance was faster. */
  async write(record: EpochRecord, expected: number): Promise<boolean> {
    const { nc, settings } = this.#context;
    const fields = headers();
    fields.set("Nats-Expected-Last-Subject-Sequence", String(expected));
    const payload = encodeUtf8(JSON.stringify(record));
    const options = { headers: fields, timeout: settings.commandTimeout };
    const ack = await publishAcked(nc, this.#subject, payload, options);
    if (ack.error === undefined) return true;
    if (ack.error.err_code === JetStreamApiCodes.StreamWrongLastSequence) return false;
    throw new Error(`the epoch could not be stored: ${ack.error.description}`);
  }
}

function parseRecord(text: string): EpochRecord | undefined {
  try {
    const record = JSON.parse(text) as Partial<EpochRecord> | null;
    const { epoch, stream, created, from, creating } = record ?? {};
    if (!isEpoch(epoch) || typeof created !== "string" || typeof from !== "number") return undefined;
    return {
      epoch,
      created,
      from,
      ...(isEpoch(stream) && { stream }),
      ...(isEpoch(creating) && { creating }),
    };
  } catch {
    return undefined;
  }
}
