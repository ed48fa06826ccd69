import { utf8Length } from "../utf8.js";
import type { PlaceChange } from "./messages.js";

/** Most bytes of changes in one message: with what stands around them well below what a bus takes. */
const mostBytes = 196_608;

/** What a place takes beside its names, and a name beside its text. */
const overhead = { place: 64, name: 3 };

interface Piece {
  readonly change: { topic: string | undefined; connections: number; joined: string[]; left: string[] };
  readonly bytes: number;
}

/** Divides what is to be told so that each part fits into a message; a place with many users goes into several. */
export function inParts(changes: readonly PlaceChange[]): PlaceChange[][] {
  const parts: PlaceChange[][] = [];
  let filled = mostBytes;
  for (const { change, bytes } of changes.flatMap((whole) => [...piecesOf(whole)])) {
    if (filled + bytes > mostBytes) {
      parts.push([]);
      filled = 0;
    }
    parts.at(-1)!.push(change);
    filled += bytes;
  }
  return parts;
}

function* piecesOf({ topic, connections, ...users }: PlaceChange): Iterable<Piece> {
  const empty = () => ({ topic, connections, joined: [] as string[], left: [] as string[] });
  const ownBytes = sizeOf(topic ?? "") + overhead.place;
  let change = empty();
  let bytes = ownBytes;
  for (const list of ["joined", "left"] as const) {
    for (const user of users[list]) {
      const size = sizeOf(user);
      if (bytes + size > mostBytes) {
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
