import { expect, expectTypeOf, test } from "vitest";
import { type ControlEventData, controlEvents } from "../src/index.js";
import { controlEventPrefix } from "../src/internal.js";

test("every control event has the reserved prefix and a type for its data", () => {
  for (const name of Object.values(controlEvents)) expect(name.startsWith(controlEventPrefix)).toBe(true);
  expectTypeOf<(typeof controlEvents)[keyof typeof controlEvents]>().toEqualTypeOf<keyof ControlEventData>();
});
