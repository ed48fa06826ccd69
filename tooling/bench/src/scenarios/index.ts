import type { Scenario } from "../bench.js";
import { fanOut } from "./fan-out.js";

/** In the order of the table. */
export const scenarios: readonly Scenario[] = [fanOut];
