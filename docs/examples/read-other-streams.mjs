// Others' streams, read by @sse/client: a chat completion in the form of OpenAI, which is a POST,
// has no event names, and ends with [DONE]. Try it with your own:
//   URL=https://… TOKEN=… node read-other-streams.mjs
import { createServer } from "node:http";
import { createEventSource } from "@sse/client";

const url = process.env.URL ?? (await imitation());
const source = createEventSource(url, {
  method: "POST", // sent once: a question is not asked twice
  headers: { Authorization: `Bearer ${process.env.TOKEN ?? "none"}`, "Content-Type": "application/json" },
  body: JSON.stringify({ stream: true, messages: [{ role: "user", content: "Hello?" }] }),
});

for await (const { data } of source) {
  if (data === "[DONE]") break; // closes the connection
  process.stdout.write(JSON.parse(data).choices[0].delta.content ?? "");
}
process.stdout.write("\n");

/** Starts a server that answers as such an API does. */
async function imitation() {
  const server = createServer((request, response) => {
    request.resume();
    response.writeHead(200, { "Content-Type": "text/event-stream" });
    for (const content of ["Hello", ", ", "world", "!"])
      response.write(`data: ${JSON.stringify({ choices: [{ delta: { content } }] })}\n\n`);
    response.end("data: [DONE]\n\n");
    server.close();
  }).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const address = server.address();
  return `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`;
}
