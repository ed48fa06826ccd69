import { callSafely } from "../call-safely.js";
import type { EventSourceOptions } from "../options.js";

/** The point from which a client resumes: the id of the last delivered event. */
export interface ResumePoint {
  current: string;
  /** Returns the current id, once the stored one has been read. */
  resumeFrom(): Promise<string>;
  /**
   * Called when the stream has reached an id, with everything before it delivered; without an id,
   * when only a part of it was delivered. Stores the id, and returns a promise meanwhile.
   */
  commit(lastEventId?: string): Promise<unknown> | undefined;
}

/**
 * Creates the resume point of a client.
 *
 * @param name the key in the storage.
 * @param onError receives errors of the storage. The stream continues without it.
 */
export function createResumePoint(
  { lastEventId = "", storage }: EventSourceOptions,
  name: string,
  onError: (error: unknown) => void,
): ResumePoint {
  /** The last id that was read from the storage, or written to it. */
  let stored = "";
  let restored: Promise<unknown> | undefined;

  async function readStorage(): Promise<void> {
    stored = (await storage?.getItem(name)) ?? "";
    point.current ||= stored;
  }

  const point: ResumePoint = {
    current: lastEventId,
    async resumeFrom() {
      restored ??= callSafely(onError, readStorage);
      await restored;
      return point.current;
    },
    commit(id = point.current) {
      point.current = id;
      if (!storage || id === stored) return undefined;
      stored = id;
      return callSafely(onError, () => storage.setItem(name, id));
    },
  };
  return point;
}
