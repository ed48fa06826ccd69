import { expect, test } from "vitest";
import * as hub from "../src/index.js";

test("the public names are these, and no others", () => {
  expect(Object.keys(hub).sort()).toEqual(["createHub", "createMemoryLog", "describeEvents", "formatStats"]);
});
