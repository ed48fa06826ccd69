import type { ParsedEvent } from "@sse/core";

/** One step of a stream: from the id before it to the id after it. */
export interface Step {
  readonly before: string;
  readonly after: string;
  /** Absent when only the id moved. */
  readonly event?: ParsedEvent;
}

/** The last steps of a stream, with which tabs find out what another tab has missed. */
export interface History {
  /** Adds a step, and drops the oldest ones beyond the limits. */
  add(step: Step): void;
  /** Returns the steps after an id; `undefined` when the id is not among the last steps. */
  after(id: string): readonly Step[] | undefined;
}

/** The maximum number of steps, and of their characters, that a tab keeps. */
const limits = { steps: 1_000, characters: 1_000_000 };

/** Returns the number of characters of a step. */
export function sizeOf({ after, event }: Step): number {
  return after.length + (event ? event.event.length + event.data.length : 0);
}

/** Creates an empty history. */
export function createHistory(): History {
  const steps: Step[] = [];
  let characters = 0;
  return {
    add(step) {
      characters += sizeOf(step);
      steps.push(step);
      while (steps.length > limits.steps || characters > limits.characters)
        characters -= sizeOf(steps.shift()!);
    },
    after(id) {
      const index = steps.findIndex(({ before }) => before === id);
      return index === -1 ? undefined : steps.slice(index);
    },
  };
}
