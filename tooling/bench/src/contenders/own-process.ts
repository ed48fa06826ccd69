import type { EngineOptions } from "@sse/engines";

/** A program that serves instead of Node. It takes part where it is installed. */
export interface OwnProcess {
  /** How to start it. */
  readonly program: EngineOptions;
  /** What is not installed; `undefined` when nothing is missing. */
  missing(): string | undefined;
}
