import { createRequire } from "node:module";
import * as own from "@nats-io/nats-core";
import { expect, test } from "vitest";
import { isNoResponders } from "../src/errors.js";

/** Loads a copy of the client that shares no class with this package's. */
function otherCopy(): typeof own {
  const require = createRequire(import.meta.url);
  require("@nats-io/nats-core");
  for (const file of Object.keys(require.cache)) if (file.includes("nats-core")) delete require.cache[file];
  return require("@nats-io/nats-core");
}

test("a request without responders is recognized, whichever copy of the client has sent it", () => {
  const { errors } = otherCopy();
  expect(errors.NoRespondersError).not.toBe(own.errors.NoRespondersError);
  for (const copy of [own.errors, errors]) {
    const cause = new copy.NoRespondersError("subject");
    expect(isNoResponders(cause)).toBe(true);
    expect(isNoResponders(new copy.RequestError("no responders", { cause }))).toBe(true);
    expect(isNoResponders(new copy.RequestError("timeout", { cause: new copy.TimeoutError() }))).toBe(false);
    expect(isNoResponders(undefined)).toBe(false);
  }
});
