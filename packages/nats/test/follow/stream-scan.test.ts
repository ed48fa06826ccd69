import { systemClock } from "@sse/hub/log";
import { expect, test } from "vitest";
import type { Link } from "../../src/connection/link.js";
import type { Session } from "../../src/connection/session.js";
import { scanStream } from "../../src/follow/stream-scan.js";

test("a scan whose consumer is not created rejects once, and leaves no rejection unhandled", async () => {
  const session = {
    nc: { isClosed: () => false, subscribe: () => ({ unsubscribe() {} }) },
    jsm: {
      consumers: {
        add: async () => {
          throw new Error("timeout");
        },
      },
    },
  } as unknown as Session;
  const settings = { stream: "s", heartbeat: 1_000, inboxPrefix: "_INBOX", clock: systemClock };
  const link = { settings, session } as unknown as Link;
  const rejections: unknown[] = [];
  const record = (reason: unknown) => rejections.push(reason);
  process.on("unhandledRejection", record);
  const options = { through: 1, signal: new AbortController().signal, found() {} };
  await expect(scanStream(link, session, options)).rejects.toThrow("timeout");
  await new Promise((resolve) => setImmediate(resolve));
  process.off("unhandledRejection", record);
  expect(rejections).toEqual([]);
});
