import { createHub, hubStream, publishEndpoint } from "@sse/web";

export function createRoom() {
  const hub = createHub();
  return {
    events: hubStream(hub),
    publish: publishEndpoint(hub, { authorize: () => true }), // decide here who may publish
  };
}
