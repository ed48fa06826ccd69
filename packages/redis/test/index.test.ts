import { expect, test } from "vitest";
import * as redis from "../src/index.js";

test("the public names are these, and no others", () => {
  expect(Object.keys(redis)).toEqual(["createRedisLog"]);
});
