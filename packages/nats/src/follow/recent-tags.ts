/** The number of messages whose tags are kept. */
const capacity = 4_096;

/**
 * Keeps the tags of the newest messages, so that another entry on one of their sequences is noticed
 * without a read.
 */
export class RecentTags {
  readonly #tags = new Map<number, string>();

  add(sequence: number, tag: string): void {
    this.#tags.set(sequence, tag);
    if (this.#tags.size <= capacity) return;
    const [oldest] = this.#tags.keys();
    this.#tags.delete(oldest!);
  }

  get(sequence: number): string | undefined {
    return this.#tags.get(sequence);
  }
}
