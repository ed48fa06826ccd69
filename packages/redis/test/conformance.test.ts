import { CuttableLink, Engine, isInstalled, redisServer } from "@sse/engines";
import { describeEventLog, describeHubBus, describeRunLog } from "@sse/testing/conformance";
import { afterAll, beforeAll, describe } from "vitest";
import { createRedisLog } from "../src/index.js";
import { drivers } from "./support/clients.js";

describe.runIf(isInstalled("redis-server")).each(drivers)("with %s", (name, clientOf) => {
  let redis: Engine;
  let hubs = 0;

  beforeAll(async () => {
    redis = await Engine.start(redisServer());
  });
  afterAll(() => redis.dispose());

  describeEventLog(`createRedisLog on ${name}`, ({ maxEventsPerTopic }) => {
    hubs += 1;
    const options = { client: clientOf(redis.port), key: `hub ${hubs}`, maxEventsPerTopic };
    return { log: createRedisLog(options), another: () => createRedisLog(options) };
  });

  describeRunLog(`createRedisLog on ${name}`, () => {
    hubs += 1;
    const options = { client: clientOf(redis.port), key: `hub ${hubs}` };
    return { log: createRedisLog(options), another: () => createRedisLog(options) };
  });

  describeHubBus(`createRedisLog on ${name}`, async () => {
    hubs += 1;
    const key = `hub ${hubs}`;
    const link = await CuttableLink.to(redis.port);
    const open = () => createRedisLog({ client: clientOf(link.port), key, commandTimeout: 1_000 });
    const logs = [open(), open()] as const;
    return {
      bus: logs[0].bus,
      another: () => logs[1].bus,
      link: { sever: () => link.sever(), mend: () => link.mend() },
      dispose: async () => {
        for (const log of logs) await log.close();
        await link.close();
      },
    };
  });
});
