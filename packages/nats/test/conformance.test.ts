import { CuttableLink, type Engine } from "@sse/engines";
import { describeEventLog, describeHubBus, describeRunLog } from "@sse/testing/conformance";
import { afterAll, beforeAll } from "vitest";
import { describeOnNats, freshStream, logOn } from "./support.js";

describeOnNats("on a real server", (startNats) => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await startNats();
  });
  afterAll(() => engine.dispose());

  describeEventLog("createNatsLog", ({ maxEventsPerTopic }) => {
    const options = { stream: freshStream(), maxEventsPerTopic };
    return { log: logOn(engine, options), another: () => logOn(engine, options) };
  });

  describeEventLog("createNatsLog in memory", ({ maxEventsPerTopic }) => {
    const options = { stream: freshStream(), maxEventsPerTopic, storage: "memory" } as const;
    return { log: logOn(engine, options), another: () => logOn(engine, options) };
  });

  describeRunLog("createNatsLog", () => {
    const options = { stream: freshStream() };
    return { log: logOn(engine, options), another: () => logOn(engine, options) };
  });

  describeHubBus("createNatsLog", async () => {
    const link = await CuttableLink.to(engine.port);
    const options = { stream: freshStream() };
    const logs = [logOn(link, options)];
    const another = () => {
      const log = logOn(engine, options);
      logs.push(log);
      return log.bus;
    };
    return {
      bus: logs[0]!.bus,
      another,
      link,
      dispose: async () => {
        for (const log of logs) await log.close();
        await link.close();
      },
    };
  });
});
