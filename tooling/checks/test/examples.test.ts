import { Engine, isInstalled, natsServer, redisServer } from "@sse/engines";
import { afterAll, beforeAll, expect, test } from "vitest";
import { runCommand } from "../src/commands.js";
import { exampleFiles, examples } from "../src/examples.js";
import { createReadmeProject, fileOf, isProgram, type ReadmeProject } from "../src/readme/project.js";
import { isRunnable, runSection } from "../src/readme/run.js";

const maxLines = 60;

const all = examples();
let project: ReadmeProject;
let redis: Engine | undefined;

beforeAll(async () => {
  project = await createReadmeProject(all.map(({ section }) => section));
  if (!isInstalled("redis-server")) return;
  redis = await Engine.start(redisServer());
  process.env["REDIS_URL"] = `redis://127.0.0.1:${redis.port}`;
});
afterAll(async () => {
  await project.remove();
  await redis?.dispose();
});

test("the README lists each file", () => {
  expect(all.map(({ name }) => name).sort()).toEqual(exampleFiles().sort());
});

test("all compile", () => {
  expect(project.errors).toEqual([]);
});

test.each(all)(`$name has at most ${maxLines} lines`, ({ text }) => {
  expect(text.split("\n").length - 1).toBeLessThanOrEqual(maxLines);
});

const runnable = all.filter(({ section }) => isRunnable(section));
test.for(runnable)("$name runs and prints what the README says", async ({ section, text }, { skip }) => {
  if (text.includes("REDIS_URL") && redis === undefined) skip("redis-server is not installed");
  await runSection(project, section);
});

test("two-instances.mjs does the same on NATS", async ({ skip }) => {
  if (!isInstalled("nats-server")) skip("nats-server is not installed");
  const example = all.find(({ name }) => name === "two-instances.mjs");
  if (example === undefined) throw new Error("the README has no two-instances.mjs");
  const nats = await Engine.start(natsServer());
  process.env["NATS_URL"] = `nats://127.0.0.1:${nats.port}`;
  try {
    await runSection(project, example.section);
  } finally {
    delete process.env["NATS_URL"];
    await nats.dispose();
  }
});

test("next-route.ts answers a request with the messages of its room, and refuses the secret one", async () => {
  const program = all.find(({ name }) => name === "next-route.ts")?.section.blocks.find(isProgram);
  if (program === undefined) throw new Error("the README has no next-route.ts");
  const script = `
    import { collect } from "@sse/testing";
    import { GET, say } from "./out/${fileOf(program, "output")}";
    const get = (room) => GET(new Request("http://localhost"), { params: Promise.resolve({ room }) });
    await say("red", "hello");
    const [{ event, data }] = await collect(await get("red"), 1);
    console.log(event, data, (await get("secret")).status);
    process.exit();`;
  const printed = await runCommand(process.execPath, ["--input-type=module", "-e", script], project.path);
  expect(printed).toBe('message {"text":"hello"} 403\n');
});
