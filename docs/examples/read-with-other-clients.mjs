// Our streams, read by others: eventsource-parser, and fetch with nothing but the standard library.
//   node read-with-other-clients.mjs
import { createServer } from "node:http";
import { createHub, hubStream } from "@sse/node";
import { EventSourceParserStream } from "eventsource-parser/stream";

const hub = createHub();
// Readers that ignore event names receive no `sse:*` events.
const stream = hubStream(hub, () => ({ topics: ["n"], replay: { last: 3 }, controlEvents: false }));
const server = createServer(stream).listen(0, "127.0.0.1");
await new Promise((resolve) => server.once("listening", resolve));
const address = server.address();
const url = `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`;
for (const data of ["one", "two\nlines", "three"]) await hub.publish("n", { event: "n", data });

// eventsource-parser
const first = await fetch(url);
const events = first.body?.pipeThrough(new TextDecoderStream()).pipeThrough(new EventSourceParserStream());
let left = 3;
for await (const { event, data } of events ?? []) {
  console.log("parser:", event, JSON.stringify(data));
  left -= 1;
  if (left === 0) break;
}

// fetch alone: an event ends with a blank line. Enough where lines end in LF, as ours do.
const second = await fetch(url);
let text = "";
reading: for await (const chunk of second.body?.pipeThrough(new TextDecoderStream()) ?? []) {
  text += chunk;
  for (let end = text.indexOf("\n\n"); end >= 0; end = text.indexOf("\n\n")) {
    const lines = text.slice(0, end).split("\n");
    text = text.slice(end + 2);
    const data = lines.filter((line) => line.startsWith("data: ")).map((line) => line.slice(6));
    if (data.length > 0) console.log("fetch:", JSON.stringify(data.join("\n")));
    if (data.includes("three")) break reading;
  }
}

server.close();
await hub.close();
