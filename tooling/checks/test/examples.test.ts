import { Engine, isInstalled, redisServer } from "@sse/engines";
import { afterAll, beforeAll, expect, test } from "vitest";
import { exampleFiles, examples } from "../src/examples.js";
import { createReadmeProject, type ReadmeProject } from "../src/readme/project.js";
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
