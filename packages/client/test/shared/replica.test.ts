import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import { createHistory } from "../../src/shared/history.js";
import type { StatusMessage } from "../../src/shared/messages.js";
import { Replica } from "../../src/shared/replica.js";
import type { Receiver } from "../../src/transport/transport.js";
import { turns } from "../support/clock.js";

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

/** A receiver whose consumers are stuck. */
function stuckReceiver(): Receiver {
  return { deliver: () => new Promise(() => {}), emit: () => {} } as unknown as Receiver;
}

/** A gap of half the size at which a replica drops what waits. */
function largeGap(): StatusMessage {
  return { name: "gap", info: { requested: "x".repeat(8 * 1024 * 1024) } };
}

test("what a replica drops while its consumers are stuck is not kept in memory", async () => {
  const replica = new Replica(stuckReceiver(), "", createHistory(), new AbortController().signal);
  replica.apply({ before: "", after: "1", event: { event: "message", data: "1", lastEventId: "1" } });
  await turns();
  const references: WeakRef<StatusMessage>[] = [];
  const add = () => {
    const gap = largeGap();
    references.push(new WeakRef(gap));
    replica.applyStatus(gap);
  };
  for (let added = 0; added < 20; added += 1) add();
  // What a reference points to is kept until the end of the turn that made it.
  await turns();
  collectGarbage();
  expect(references.filter((reference) => reference.deref()).length).toBeLessThanOrEqual(2);
});
