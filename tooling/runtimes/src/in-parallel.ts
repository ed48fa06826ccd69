/**
 * Calls a function for each item, some at a time, and returns the results in the order of the
 * items.
 */
export async function inParallel<Item, Result>(
  limit: number,
  items: readonly Item[],
  call: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  const waiting = [...items.entries()];
  const worker = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [index, item] = next;
      results[index] = await call(item);
    }
  };
  await Promise.all(Array.from({ length: limit }, worker));
  return results;
}
