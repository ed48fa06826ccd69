import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createHub } from "@sse/hub";
import { hubStream, publishEndpoint } from "@sse/node";
import { createLog } from "./create-log.js";
import type { InstanceSettings } from "./instance.js";

/**
 * A server of an application: clients follow a hub, others publish to it. Prints its port once it
 * listens.
 */
const settings = JSON.parse(process.argv[2]!) as InstanceSettings;

// A short window, so that returning clients read from the engine.
const hub = createHub({
  log: createLog(settings),
  heartbeat: { interval: 500 },
  window: { maxEvents: 40 },
});

const stream = hubStream(hub, ({ url }) => {
  const { searchParams } = new URL(url!, "http://localhost");
  const user = searchParams.get("user");
  const last = Number(searchParams.get("last"));
  return {
    topics: searchParams.getAll("topic"),
    ...(user === null ? {} : { user }),
    ...(last > 0 ? { replay: { last } } : {}),
  };
});
const publish = publishEndpoint(hub, { authorize: () => true });

const server = createServer((request, response) => {
  if (request.url?.startsWith("/stream")) stream(request, response);
  else if (request.url === "/publish") publish(request, response);
  else response.end(String(process.memoryUsage.rss()));
});
server.listen(settings.port, "127.0.0.1", () => console.log((server.address() as AddressInfo).port));
