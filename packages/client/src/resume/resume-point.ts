import { settle } from "../call-safely.js";
import type { EventSourceOptions } from "../options.js";

/** Where in the stream a client is: the id of the last event handed out. */
export interface Position {
  current: string;
  /** The current id, once the one from the storage has been read. */
  resumeFrom(): Promise<string>;
  /** Moves to an id, and stores it if it is not the one stored. */
  reach(lastEventId: string): Promise<void>;
}

/**
 * @param name the key in the storage.
 * @param onFailure takes what the storage throws. The stream goes on without it.
 */
export function createPosition(
  { lastEventId = "", storage }: EventSourceOptions,
  name: string,
  onFailure: (error: unknown) => void,
): Position {
  /** The id in the storage, as far as is known. */
  let stored = "";
  let restored: Promise<void> | undefined;

  async function readStorage(): Promise<void> {
    stored = (await storage?.getItem(name)) ?? "";
    position.current ||= stored;
  }

  const position = {
    current: lastEventId,
    async resumeFrom() {
      restored ??= settle(readStorage, onFailure);
      await restored;
      return position.current;
    },
    async reach(id: string) {
      position.current = id;
      if (id === stored) return;
      stored = id;
      await settle(() => storage?.setItem(name, id), onFailure);
    },
  };
  return position;
}
