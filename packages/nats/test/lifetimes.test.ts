import { connect } from "@nats-io/transport-node";
import { expect, onTestFinished, test } from "vitest";
import { isNoResponders } from "../src/errors.js";
import { describeOnNats, entry, follow, freshStream, logOn, until } from "./support.js";

describeOnNats("when a log is closed", (startNats) => {
  test("nothing of it is left", async () => {
    const engine = await startNats();
    onTestFinished(() => engine.dispose());
    const count = (type: string) => process.getActiveResourcesInfo().filter((name) => name === type).length;
    await until(() => count("TCPSocketWrap") === 0);
    const timers = count("Timeout");
    const log = logOn(engine, { stream: freshStream() });
    await follow(log);
    log.bus.listen({ reset() {}, message() {}, error() {} });
    await log.append(entry("x"));
    expect(count("TCPSocketWrap")).toBe(1);
    expect(count("Timeout")).toBeGreaterThan(timers);
    await log.close();
    await until(() => count("TCPSocketWrap") === 0);
    // The test's own wait is one of them.
    expect(count("Timeout")).toBeLessThanOrEqual(timers + 1);
  });
});

describeOnNats("a bus", (startNats) => {
  test("is subscribed while it has listeners", async () => {
    const engine = await startNats();
    const stream = freshStream();
    const [log, nc] = [logOn(engine, { stream }), await connect({ servers: `127.0.0.1:${engine.port}` })];
    onTestFinished(async () => {
      await log.close();
      await nc.close();
      await engine.dispose();
    });
    /** Whether the server sends a message of the bus to anything. */
    const isSubscribed = async () => {
      const request = nc.request(`${stream}.bus`, "x", { timeout: 100 });
      return !isNoResponders(await request.catch((error: unknown) => error));
    };
    const listen = async () => {
      const received: string[] = [];
      let stop = (): void => {};
      await new Promise<void>((reset) => {
        stop = log.bus.listen({
          reset,
          message: (message) => received.push(message),
          error() {},
        });
      });
      return { stop, received };
    };
    const [first, second] = [await listen(), await listen()];
    first.stop();
    expect(await isSubscribed()).toBe(true);
    second.stop();
    second.stop();
    await log.append(entry("the server has received what was sent before"));
    expect(await isSubscribed()).toBe(false);
    const third = await listen();
    await log.bus.send("again");
    await until(() => third.received.length > 0);
    expect(third.received).toEqual(["again"]);
    expect(second.received).not.toContain("again");
  });
});
