import type { EngineOptions } from "@sse/engines";

/** A program that serves instead of Node. It is measured where it is installed. */
export interface OwnProcess {
  /** Options that start it. */
  readonly program: EngineOptions;
  /** Advice for a machine without it. */
  readonly needs: string;
  /**
   * The installed version, of the compiler where the program is compiled; `undefined` where it is
   * not installed.
   */
  version(): string | undefined;
}
