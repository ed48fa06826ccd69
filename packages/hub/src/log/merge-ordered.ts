/** A list of a merge, at its next item. */
interface Cursor<T> {
  item: T;
  key: number;
  readonly rest: Iterator<T>;
}

/**
 * Merges lists that are each in ascending order of a key, and returns the first `limit` items, each
 * key once. Reads one item beyond those of each list: a page costs O(lists + limit × log lists),
 * however long the lists are.
 */
export function mergeOrdered<T>(
  lists: Iterable<Iterable<T>>,
  keyOf: (item: T) => number,
  limit: number,
): T[] {
  const heap = cursorsOf(lists, keyOf);
  const merged: T[] = [];
  for (let last = Number.NaN; heap.length > 0 && merged.length < limit; ) {
    const first = heap[0]!;
    if (first.key !== last) merged.push(first.item);
    last = first.key;
    advance(heap, first, keyOf);
  }
  return merged;
}

/** Returns the lists that have items as a binary heap: the one with the lowest key is the first. */
function cursorsOf<T>(lists: Iterable<Iterable<T>>, keyOf: (item: T) => number): Cursor<T>[] {
  const heap: Cursor<T>[] = [];
  for (const list of lists) {
    const rest = list[Symbol.iterator]();
    const { done, value } = rest.next();
    if (!done) heap.push({ item: value, key: keyOf(value), rest });
  }
  for (let i = (heap.length >> 1) - 1; i >= 0; i -= 1) siftDown(heap, i);
  return heap;
}

/** Moves the first list of the heap to its next item, or removes it. */
function advance<T>(heap: Cursor<T>[], first: Cursor<T>, keyOf: (item: T) => number): void {
  const { done, value } = first.rest.next();
  if (done) {
    const end = heap.pop()!;
    if (heap.length > 0) heap[0] = end;
  } else {
    first.item = value;
    first.key = keyOf(value);
  }
  siftDown(heap, 0);
}

function siftDown<T>(heap: Cursor<T>[], start: number): void {
  for (let at = start; ; ) {
    const [left, right] = [2 * at + 1, 2 * at + 2];
    let lowest = at;
    if (left < heap.length && heap[left]!.key < heap[lowest]!.key) lowest = left;
    if (right < heap.length && heap[right]!.key < heap[lowest]!.key) lowest = right;
    if (lowest === at) return;
    [heap[at], heap[lowest]] = [heap[lowest]!, heap[at]!];
    at = lowest;
  }
}
