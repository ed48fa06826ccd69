import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { afterEach, expect, test } from "vitest";

const runner = new URL("../../programs.mjs", import.meta.url).href;
const cwd = fileURLToPath(new URL("../fixtures/programs", import.meta.url));

let child: ChildProcess | undefined;
afterEach(() => child?.kill("SIGKILL"));

/** Runs the programs, as `npm start` does with the demos, until the output contains the text. */
async function startUntil(
  text: string,
  programs: Record<string, string>,
): Promise<{ output: () => string; exit: Promise<unknown> }> {
  const list = Object.entries(programs).map(([name, file]) => ({ name, cwd, file }));
  const script = `import { runPrograms } from ${JSON.stringify(runner)};
    process.exitCode = await runPrograms(${JSON.stringify(list)});`;
  const started = spawn(process.execPath, ["--input-type=module", "--eval", script]);
  child = started;
  let output = "";
  const exit = once(started, "close").then(([code]) => code);
  await new Promise<void>((resolve) => {
    const add = (chunk: Buffer): void => {
      output += chunk;
      if (output.includes(text)) resolve();
    };
    started.stdout.on("data", add);
    started.stderr.on("data", add);
  });
  return { output: () => output, exit };
}

test.each(["SIGINT", "SIGTERM"] as const)(
  "the addresses are shown together once all listen, and %s stops all programs",
  { timeout: 30_000 },
  async (signal) => {
    const { output, exit } = await startUntil("Ctrl-C", { prices: "server.mjs", chat: "server.mjs" });
    expect(output()).toMatch(/\n {2}prices {2}http:\S+ \(a note\)\n {2}chat {4}http:\S+ \(a note\)\n/);
    const addresses = output().match(/http:\S+/g) ?? [];
    expect(await Promise.all(addresses.map(async (url) => (await fetch(url)).text()))).toEqual([
      "here",
      "here",
    ]);
    child?.kill(signal);
    expect(await exit).toBe(0);
    const after = await Promise.allSettled(addresses.map((url) => fetch(url)));
    expect(after.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  },
);

test("a program that dies is named, and takes the others with it", { timeout: 30_000 }, async () => {
  const { output, exit } = await startUntil("stopped", { prices: "server.mjs", chat: "broken.mjs" });
  expect(output()).toContain("chat stopped by itself (exit code 7).");
  expect(await exit).toBe(1);
});
