import type { NatsConnection } from "@nats-io/nats-core";
import { systemClock } from "@sse/hub/log";
import { expect, test, vi } from "vitest";
import { ReadConnection } from "../../src/connection/connections.js";
import { settingsOf } from "../../src/options.js";

const opened = vi.hoisted(() => [] as { closed: boolean }[]);
vi.mock("@nats-io/transport-node", () => ({
  async connect() {
    const connection = { closed: false };
    opened.push(connection);
    await new Promise((resolve) => setImmediate(resolve));
    return {
      isClosed: () => connection.closed,
      flush: async () => {},
      close: async () => {
        connection.closed = true;
      },
    } as unknown as NatsConnection;
  },
}));
vi.mock("@nats-io/jetstream", async (original) => ({
  ...(await original<object>()),
  jetstreamManager: async () => ({}),
}));

test("readers that find their connection closed share one new connection, which ends with the log", async () => {
  const settings = settingsOf({ servers: "host", stream: "s", clock: systemClock } as never);
  const reads = new ReadConnection({ servers: "host", options: {} }, settings);
  await reads.manager();
  opened[0]!.closed = true;
  const first = reads.manager();
  await Promise.resolve();
  await Promise.all([first, reads.manager(), reads.manager()]);
  expect(opened).toHaveLength(2);
  await reads.close();
  expect(opened.map(({ closed }) => closed)).toEqual([true, true]);
});
