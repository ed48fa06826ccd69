import { expect, test } from "vitest";
import { downloadSize } from "../support/download-size.js";

const eventSource = 'export { EventSource } from "../src/eventsource/index.js"';

test("the class without core's parser is a download of at most 3.67 kB", async () => {
  expect(await downloadSize(eventSource, ["@sse/core"])).toBeLessThanOrEqual(3670);
});

test("the class is a download of at most 5.02 kB", async () => {
  expect(await downloadSize(eventSource)).toBeLessThanOrEqual(5020);
});
