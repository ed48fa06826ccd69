import { describe, expect, test } from "vitest";
import { downloadSize } from "./support/download-size.js";

const parser = 'export { createEventParser } from "@sse/core"';
const client = 'export { createEventSource } from "../src/index.js"';
const shared = 'export { createSharedEventSource } from "../src/shared/index.js"';

/**
 * Of a client, about 480 B are the checks of a request that can never succeed, 360 B unknown
 * options, 280 B ids that no header can carry, 110 B MIME types, and 400 B all other faults
 * together.
 */
describe("the download", () => {
  test("of one connection for all tabs is at most 1.79 kB more than of a client", async () => {
    expect((await downloadSize(shared)) - (await downloadSize(client))).toBeLessThanOrEqual(1_790);
  });

  test("of a client is at most 6.87 kB more than of the parser", async () => {
    expect((await downloadSize(client)) - (await downloadSize(parser))).toBeLessThanOrEqual(6_870);
  });

  test("of the parser is at most 1.86 kB", async () => {
    expect(await downloadSize(parser)).toBeLessThanOrEqual(1_860);
  });

  test("of a client is at most 8.73 kB", async () => {
    expect(await downloadSize(client)).toBeLessThanOrEqual(8_730);
  });
});
