import { readFileSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { EventSource } from "../../../src/eventsource/index.js";
import { cases, crossOriginCases } from "./cases.js";
import { drive } from "./drive.js";
import { probe } from "./probe.js";
import { runCase } from "./run-case.js";
import { type ScriptedServer, startScriptedServer } from "./scripted-server.js";

// Sockets and megabytes take their time on a busy machine.
/**
 * The outcomes in the snapshot are those on which Chromium's own class agrees, save for the
 * differences that `cases.ts` names.
 */
let server: ScriptedServer;

beforeAll(async () => {
  server = await startScriptedServer();
});

afterAll(() => server.close());

test.each(cases)("$name", async (current) => {
  expect(await runCase(server, current, (run) => drive(EventSource, run))).toMatchSnapshot();
});

test("the interface of the class", () => {
  expect(probe(EventSource, "http://127.0.0.1:9/")).toMatchSnapshot();
});

test("EVENTSOURCE.md has every difference from Chromium, with the sentence of the standard", () => {
  const text = readFileSync(new URL("../../../EVENTSOURCE.md", import.meta.url), "utf8");
  const sentences = [...cases, ...crossOriginCases].flatMap(({ chromium }) => chromium?.sentence ?? []);
  expect(sentences.filter((sentence) => !text.includes(sentence))).toEqual([]);
});
