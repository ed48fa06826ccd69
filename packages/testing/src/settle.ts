import { postTask } from "@sse/core/internal";

/**
 * Resolves when the promises that can settle without input, output or time have settled. Work that
 * uses the network of this machine needs several turns of the event loop.
 *
 * @param turns the number of turns. Default 1.
 */
export async function settle(turns = 1): Promise<void> {
  for (let turn = 0; turn < turns; turn++) await new Promise<void>((resolve) => postTask(resolve));
}

/** Resolves once a condition holds. Ends with the time limit of the test. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await settle();
}
