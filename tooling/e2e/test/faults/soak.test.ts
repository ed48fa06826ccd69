import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const run = promisify(execFile);

/** Short runs of what `pnpm soak` does at length; over the built packages, as users have them. */
async function soak(script: string, ...args: string[]): Promise<string> {
  const file = fileURLToPath(new URL(`../../soak/${script}.mjs`, import.meta.url));
  const { stdout } = await run(process.execPath, ["--expose-gc", "--no-opt", file, ...args]);
  return stdout;
}

test("clients that come and go leave no heap, timer, listener or registration behind", async () => {
  expect(await soak("connections", "3000")).toMatch(/^all holds$/m);
});

test("clients that never read, without a stall deadline, cost no more than their high-water marks", async () => {
  expect(await soak("slow-clients", "150", "4000")).toMatch(/^all holds$/m);
});
