import { describe, expect, test } from "vitest";
import { downloadSize } from "./support/download-size.js";

const parser = 'export { createEventParser } from "@sse/core"';
const client = 'export { createEventSource } from "../src/index.js"';
const shared = 'export { createSharedEventSource } from "../src/shared/index.js"';

/**
 * Of a client, about 650 B are the checks of a request that can never succeed (170 B of them the
 * blocked ports), 450 B the checks of options, 280 B ids that no header can carry, 150 B runs, 110
 * B MIME types, 70 B clients that a hook or a listener closes, and 400 B all other faults together.
 * Of one connection for all tabs, about 110 B are the check of messages that other code, or another
 * version, has sent.
 */
describe("the download", () => {
  test("of one connection for all tabs is at most 2.4 kB more than of a client", async () => {
    expect((await downloadSize(shared)) - (await downloadSize(client))).toBeLessThanOrEqual(2_400);
  });

  test("of a client is at most 7.3 kB more than of the parser", async () => {
    expect((await downloadSize(client)) - (await downloadSize(parser))).toBeLessThanOrEqual(7_300);
  });

  test("of the parser is at most 1.92 kB", async () => {
    expect(await downloadSize(parser)).toBeLessThanOrEqual(1_920);
  });

  test("of a client is at most 9.2 kB", async () => {
    expect(await downloadSize(client)).toBeLessThanOrEqual(9_200);
  });
});
