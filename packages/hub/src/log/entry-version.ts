/**
 * The version of the entries that this package stores. A log on an engine stores it with each
 * entry; an entry without one has version 1. It is increased when an earlier package would misread
 * an entry, never for a field that an earlier package may ignore.
 */
export const entryVersion = 1;

/**
 * Returns whether this package understands entries of a stored version: its own, and every earlier
 * one. A log treats an entry that it cannot read as evicted, so that a gap is reported to readers,
 * and reports `log-unavailable` to its followers once, with the fix: update this instance.
 *
 * @param version as it was read, a number or its digits; `undefined` for an entry without one.
 */
export function canReadEntry(version: unknown): boolean {
  if (version === undefined) return true;
  const number =
    typeof version === "number"
      ? version
      : /^[1-9][0-9]{0,8}$/.test(String(version))
        ? Number(version)
        : Number.NaN;
  return Number.isSafeInteger(number) && number >= 1 && number <= entryVersion;
}
