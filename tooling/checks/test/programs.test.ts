import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { afterEach, expect, test, vi } from "vitest";

const runner = new URL("../../programs.mjs", import.meta.url).href;
const cwd = fileURLToPath(new URL("../fixtures/programs", import.meta.url));

let child: ChildProcess | undefined;
afterEach(() => child?.kill("SIGKILL"));

interface Started {
  /** Everything printed so far. */
  output: () => string;
  /** The exit code. */
  exit: Promise<unknown>;
}

/** Runs the programs, as `npm start` does with the demos, until the output contains the text. */
async function startUntil(text: string, programs: Record<string, string>, shell = false): Promise<Started> {
  const list = Object.entries(programs).map(([name, file]) => ({ name, cwd, file }));
  const script = `import { runPrograms } from ${JSON.stringify(runner)};
    process.exitCode = await runPrograms(${JSON.stringify(list)});`;
  const env = { ...process.env, NODE: process.execPath, SCRIPT: script, npm_lifecycle_event: "start" };
  const started = shell
    ? spawn("sh", ["-c", '"$NODE" --input-type=module --eval "$SCRIPT"; true'], { env })
    : spawn(process.execPath, ["--input-type=module", "--eval", script], { env });
  child = started;
  let output = "";
  const exit = once(started, "exit").then(([code]) => code);
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

/** Counts the addresses in an output that still answer. */
async function answering(output: string): Promise<number> {
  const answers = await Promise.allSettled((output.match(/http:\S+/g) ?? []).map((url) => fetch(url)));
  return answers.filter(({ status }) => status === "fulfilled").length;
}

test.each(["SIGINT", "SIGTERM"] as const)(
  "the addresses are shown together once all listen, and %s stops all programs",
  async (signal) => {
    const { output, exit } = await startUntil("Ctrl-C", { prices: "server.mjs", chat: "server.mjs" });
    expect(output()).toMatch(/\n {2}prices {2}http:\S+ \(a note\)\n {2}chat {4}http:\S+ \(a note\)\n/);
    expect(await answering(output())).toBe(2);
    child?.kill(signal);
    expect(await exit).toBe(0);
    expect(await answering(output())).toBe(0);
  },
);

// npm keeps a shell between itself and the command, and ends it without a word to the command.
test("the end of the shell that npm started stops all programs", async () => {
  const { output } = await startUntil("Ctrl-C", { prices: "server.mjs", chat: "server.mjs" }, true);
  child?.kill("SIGTERM");
  await vi.waitFor(async () => expect(await answering(output())).toBe(0), {
    timeout: 100_000,
    interval: 100,
  });
});

test("a program that dies is named, and takes the others with it", async () => {
  const { output, exit } = await startUntil("stopped", { prices: "server.mjs", chat: "broken.mjs" });
  expect(output()).toContain("chat stopped by itself (exit code 7).");
  expect(await exit).toBe(1);
});
