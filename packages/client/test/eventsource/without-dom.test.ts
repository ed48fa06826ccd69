import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const here = fileURLToPath(new URL(".", import.meta.url));
const compiler = join(dirname(createRequire(import.meta.url).resolve("typescript/package.json")), "bin/tsc");

const program = `
import { EventSource } from "./out/eventsource/index.js";
const source = new EventSource("https://a.example/", { headers: () => ({ "X-Token": "t" }) });
source.addEventListener("price", ({ data, lastEventId }) => [data.length, lastEventId.length], { once: true });
source.onmessage = ({ data, origin }) => [data.length, origin.length];
source.onerror = ({ cause }) => cause;
EventSource.fromReadableStream(new Response("").body!).close();
`;

/** Runs the compiler, and returns what it found. */
async function compile(...options: string[]): Promise<string> {
  try {
    return (await promisify(execFile)(process.execPath, [compiler, ...options])).stdout;
  } catch (error) {
    return String((error as { stdout?: string }).stdout);
  }
}

test("the declarations compile where there is no DOM, only Node's own types", async () => {
  const folder = await mkdtemp(join(tmpdir(), "declarations-"));
  try {
    const out = join(folder, "out");
    expect(await compile("-p", join(here, "../.."), "--emitDeclarationOnly", "--outDir", out)).toBe("");
    await writeFile(join(folder, "package.json"), '{ "type": "module" }');
    await writeFile(join(folder, "program.ts"), program);
    const types = join(here, "../../node_modules/@types");
    const compilerOptions = {
      lib: ["ES2022"],
      types: ["node"],
      typeRoots: [types],
      module: "NodeNext",
      strict: true,
      noEmit: true,
    };
    await writeFile(
      join(folder, "tsconfig.json"),
      JSON.stringify({ compilerOptions, files: ["program.ts"] }),
    );
    expect(await compile("-p", folder)).toBe("");
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
