import { expect, onTestFinished, test } from "vitest";
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
