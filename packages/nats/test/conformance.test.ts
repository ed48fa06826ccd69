import { describeEventLog } from "@sse/conformance/event-log";
import { describeHubBus } from "@sse/conformance/hub-bus";
import { type Engine, isInstalled } from "@sse/engines";
import { afterAll, beforeAll, describe } from "vitest";
import { freshStream, logOn, startNats } from "./support.js";

describe.runIf(isInstalled("nats-server"))("on a real server", () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await startNats();
  });
  afterAll(() => engine.dispose());

  describeEventLog("createNatsLog", ({ maxEventsPerTopic }) => {
    const options = { stream: freshStream(), maxEventsPerTopic };
    return { log: logOn(engine, options), another: () => logOn(engine, options) };
  });
});
