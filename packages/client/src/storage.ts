/**
 * Where the last event id outlives the page or the process. `localStorage` and `sessionStorage` are such a thing; so is an object
 * that reads and writes a file or a database.
 */
export interface EventIdStorage {
  /** The text stored under the key; `null` or `undefined`: none. */
  getItem(key: string): string | null | undefined | Promise<string | null | undefined>;
  /** Stores a text. What it returns is awaited before more is read. */
  setItem(key: string, lastEventId: string): unknown;
}
