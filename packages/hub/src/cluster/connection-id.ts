import { encodeUtf8 } from "@sse/core/internal";
import { type HashKey, keyedHash, randomKey } from "./keyed-hash.js";

/** The parts of a connection's id: `stream~instance.tag`. */
interface ConnectionIdParts {
  readonly stream: string;
  readonly instance: string;
  /**
   * Computed with a key that only instances have, so that they recognize ids that none of them
   * issued.
   */
  readonly tag: string;
}

const suffixForm = /^([A-Za-z0-9-]{1,64})\.([0-9a-f]{16})$/;

/**
 * Issues the ids of the connections to an instance: they name the instance, so that the others know
 * which one to ask, and a guessed id is rejected without asking any.
 */
export class ConnectionIds {
  readonly instance: string = crypto.randomUUID();
  readonly key: HashKey = randomKey();

  /** Returns the id of a stream's connection. The id of a connection is returned as it is. */
  of(stream: string): string {
    if (instanceOf(stream) === this.instance) return stream;
    return `${stream}~${this.instance}.${tagOf(stream, this.instance, this.key)}`;
  }
}

/** Returns the instance that a connection's id names, or `undefined` if it names none. */
export function instanceOf(connection: string): string | undefined {
  return parse(connection)?.instance;
}

/** Whether the instance with this key has issued the id. */
export function isIssuedWith(key: HashKey, connection: string): boolean {
  const parts = parse(connection);
  return parts !== undefined && parts.tag === tagOf(parts.stream, parts.instance, key);
}

function parse(connection: string): ConnectionIdParts | undefined {
  const at = connection.lastIndexOf("~");
  const [, instance, tag] = suffixForm.exec(connection.slice(at + 1)) ?? [];
  if (at < 0 || instance === undefined || tag === undefined) return undefined;
  return { stream: connection.slice(0, at), instance, tag };
}

function tagOf(stream: string, instance: string, key: HashKey): string {
  return keyedHash(key, encodeUtf8(`${stream}~${instance}`));
}
