import { utf8Length } from "../utf8.js";
import type { PresenceChange } from "./messages.js";

/**
 * The maximum size of the changes in one message, in bytes: with the other fields well below what a
 * bus accepts.
 */
const maxChunkBytes = 196_608;

/** Bytes of a change without its names, and of a name without its characters. */
const overhead = { change: 64, name: 3 };

interface Piece {
  readonly change: { topic: string | undefined; connections: number; joined: string[]; left: string[] };
  readonly bytes: number;
}

/** Divides changes into chunks that fit into a message each. A change with many users is split. */
export function chunkPresence(changes: readonly PresenceChange[]): PresenceChange[][] {
  const chunks: PresenceChange[][] = [];
  let filled = maxChunkBytes;
  for (const { change, bytes } of changes.flatMap((whole) => [...split(whole)])) {
    if (filled + bytes > maxChunkBytes) {
      chunks.push([]);
      filled = 0;
    }
    chunks.at(-1)!.push(change);
    filled += bytes;
  }
  return chunks;
}

function* split({ topic, connections, ...users }: PresenceChange): Iterable<Piece> {
  const empty = () => ({ topic, connections, joined: [] as string[], left: [] as string[] });
  const ownBytes = sizeOf(topic ?? "") + overhead.change;
  let change = empty();
  let bytes = ownBytes;
  for (const list of ["joined", "left"] as const) {
    for (const user of users[list]) {
      const size = sizeOf(user);
      if (bytes + size > maxChunkBytes) {
        yield { change, bytes };
        change = empty();
        bytes = ownBytes;
      }
      change[list].push(user);
      bytes += size;
    }
  }
  yield { change, bytes };
}

/** The bytes of a name as JSON. */
function sizeOf(name: string): number {
  return utf8Length(JSON.stringify(name)) + overhead.name;
}
