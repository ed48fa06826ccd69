import type { CloseInfo } from "./lifecycle.js";

/** The key of {@link Closing}, which all copies of the package share. */
export const closing: unique symbol = Symbol.for("@sse/client closing") as never;

/** What a client has besides its documented members. */
export interface Closing {
  /**
   * As `closed`, but reading it does not count as hearing the error, which is then written to the
   * console if nothing else hears it.
   */
  readonly [closing]?: Promise<CloseInfo>;
}
