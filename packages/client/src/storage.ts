/**
 * Keeps the last event id longer than the page or the process lives: `localStorage`,
 * `sessionStorage`, or an object that reads and writes a file or a database.
 */
export interface EventIdStorage {
  /** Returns the string stored under the key; `null` or `undefined`: none. */
  getItem(key: string): string | null | undefined | Promise<string | null | undefined>;
  /** Stores a string. A returned promise is awaited before more is read from the stream. */
  setItem(key: string, lastEventId: string): unknown;
}
