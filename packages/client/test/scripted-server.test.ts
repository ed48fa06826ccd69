import { createEventSource } from "@sse/client";
import { createScriptedServer, ManualClock, until } from "@sse/testing";
import { describe, expect, onTestFinished, test } from "vitest";

/** A scripted server, and the client of this repository that reads it. */
function follow(options: { clock?: ManualClock; idleTimeout?: number } = {}) {
  const server = createScriptedServer();
  const source = createEventSource("http://localhost/events", { fetch: server.fetch, ...options });
  const log: string[] = [];
  source.on("n", ({ data }) => void log.push(String(data)));
  source.onLifecycle("gap", ({ reason }) => void log.push(`gap ${reason}`));
  onTestFinished(() => source.close());
  return { server, source, log };
}

describe("the client, before a scripted server", () => {
  test("resumes after `drop`, and is told of a gap and of a restart", async () => {
    const { server, source, log } = follow();
    await until(() => source.state === "open");
    server.send({ event: "n", data: "1" });
    await until(() => log.length === 1);
    server.drop();
    server.send({ event: "n", data: "2" });
    await until(() => log.length === 2);
    server.gap();
    await until(() => log.length === 3);
    server.restart();
    await until(() => log.length === 4);
    server.send({ event: "n", data: "3" });
    await until(() => log.length === 5);
    expect(log).toEqual(["1", "2", "gap evicted", "gap epoch", "3"]);
  });

  test("reconnects when the server stalls for longer than the idle timeout", async () => {
    const clock = new ManualClock();
    const { server, source, log } = follow({ clock, idleTimeout: 30_000 });
    await until(() => source.state === "open");
    server.stall();
    server.send({ event: "n", data: "1" });
    await clock.pass(30_000);
    server.flow();
    await clock.pass(30_000);
    await until(() => server.requests.length >= 2);
    await until(() => log.length === 1);
    expect(log).toEqual(["1"]);
  });
});
