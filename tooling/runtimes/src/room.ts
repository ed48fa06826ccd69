import type { Adapter } from "./recipes.js";

/**
 * Returns the source of the recipes' room, with short times, a second hub that sends no heartbeats
 * (`?quiet`), and its state for requests with an `x-state` header. It is the same for every server,
 * but for the import.
 */
export function roomOf(adapter: Adapter): string {
  return `
import { createHub, hubStream, publishEndpoint } from "${adapter}";

const headerOf = (request, name) => request.headers.get?.(name) ?? request.headers[name];

function json(value, response) {
  if (typeof response?.end !== "function") return Response.json(value);
  response.setHeader("Content-Type", "application/json").end(JSON.stringify(value));
}

export function createRoom() {
  const hub = createHub({ retry: 20, heartbeat: { interval: 1_000 }, slowReader: { stallTimeout: 2_000 } });
  const quiet = createHub({ heartbeat: { interval: 3_600_000 } });
  const [events, silence] = [hubStream(hub), hubStream(quiet)];
  return {
    publish: publishEndpoint(hub, { authorize: () => true }),
    events: (request, ...rest) => {
      if (headerOf(request, "x-state")) {
        const rss = globalThis.process?.memoryUsage?.().rss;
        return json({ connections: hub.connectionCount(), rss }, rest[0]);
      }
      return (request.url.includes("quiet") ? silence : events)(request, ...rest);
    },
  };
}
`;
}
