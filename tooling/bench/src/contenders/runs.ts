import { createServer } from "node:http";
import { type Hub, type Run, runStream } from "@sse/node";
import type { Contender } from "./contender.js";
import { listen, shut, topicOf } from "./listen.js";

/** The runs of our hub on `node:http`: each begins with its first client, which connects alone. */
export async function startRuns(hub: Hub): Promise<Contender> {
  const runs = new Map<string, Run>();
  const server = createServer(
    runStream(hub, async ({ url }) => {
      const run = topicOf(url);
      if (!runs.has(run)) runs.set(run, await hub.run(run));
      return { run };
    }),
  );
  return {
    port: await listen(server),
    connections: () => hub.stats().connections,
    publish: (topic, data) => void runs.get(topic)!.append({ data }),
    close: () => shut(server),
  };
}
