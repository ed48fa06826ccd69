import { expect, test } from "vitest";
import { unfetchable } from "../../src/transport/fetchable-url.js";
import { isNode } from "../support/runtime.js";

/** Some servers of tests and of developers use these. */
const usual = [80, 443, 1024, 3000, 5173, 8000, 8080, 8443, 9000, 65_535];

test.skipIf(!isNode)("the blocked ports are those that the fetch of the runtime blocks", async () => {
  const ports = Array.from({ length: 65_536 }, (_, port) => port);
  const blocked = ports.filter((port) => unfetchable(new URL(`http://host:${port}/`)));
  expect(blocked).toHaveLength(83);
  expect(usual.filter((port) => blocked.includes(port))).toEqual([]);
  // Port 0 was added last: runtimes try to connect to it.
  for (const port of blocked.slice(1)) {
    await expect(fetch(`http://127.0.0.1:${port}/`)).rejects.toMatchObject({
      cause: { message: "bad port" },
    });
  }
});
