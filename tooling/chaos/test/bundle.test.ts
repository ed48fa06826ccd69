import { existsSync } from "node:fs";
import { expect, test } from "vitest";
import { bundleEarlierProgram } from "../src/bundle.js";

const isRepository = existsSync(new URL("../../../.git", import.meta.url));

test.runIf(isRepository)("the packages of a commit are bundled with the present program", async () => {
  const program = await bundleEarlierProgram("HEAD");
  expect(existsSync(program.file)).toBe(true);
  await program.remove();
  expect(existsSync(program.file)).toBe(false);
});
