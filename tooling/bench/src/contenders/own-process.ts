import type { EngineOptions } from "@sse/engines";

/** A program that serves instead of Node. It takes part where it is installed. */
export interface OwnProcess {
  /** How to start it. */
  readonly program: EngineOptions;
  /** For who does not have it. */
  readonly needs: string;
  /** The installed version, of the compiler where the program is compiled; `undefined` where it is not installed. */
  version(): string | undefined;
}
