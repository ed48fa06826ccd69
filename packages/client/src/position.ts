import type { EventSourceOptions } from "./options.js";

/** Where in the stream a client is: the id of the last event handed out. */
export interface Position {
  current: string;
  /** The current id, once the one from the storage has been read. */
  restore(): Promise<string>;
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
  let stored = lastEventId;
  let restored = !storage || lastEventId !== "";
  const position = {
    current: lastEventId,
    async restore() {
      if (!restored) {
        restored = true;
        try {
          stored = (await storage?.getItem(name)) ?? "";
          position.current ||= stored;
        } catch (error) {
          onFailure(error);
        }
      }
      return position.current;
    },
    async reach(id: string) {
      position.current = id;
      if (!storage || id === stored) return;
      stored = id;
      try {
        await storage.setItem(name, id);
      } catch (error) {
        onFailure(error);
      }
    },
  };
  return position;
}
