import { createServer, type ServerResponse } from "node:http";
import { encode, sendHead } from "./bare.js";
import type { Contender } from "./contender.js";
import { listen, shut, topicOf } from "./listen.js";
import { Topics } from "./topics.js";

/**
 * The loop that most applications write by hand: the event is encoded once, then
 * `response.write(string)` for each client.
 */
export async function start(): Promise<Contender> {
  const topics = new Topics<ServerResponse>();
  let events = 0;
  const server = createServer((request, response) => {
    sendHead(response);
    response.once("close", topics.add(topicOf(request.url), response));
  });
  return {
    port: await listen(server),
    connections: () => topics.size,
    publish: (topic, data) => {
      events += 1;
      const text = encode(events, data);
      for (const response of topics.of(topic)) response.write(text);
    },
    close: () => shut(server),
  };
}
