// TanStack AI: a hub as the durability of its runs. A page that joins one after a reload receives it
// from its beginning, then live, from any instance. Try it: node tanstack-ai.mjs
import { serve } from "@hono/node-server";
import { createHub, parseEvents, runStream } from "@sse/web";
import * as ai from "@tanstack/ai";
import { fetchServerSentEvents } from "@tanstack/ai-client";
import { Hono } from "hono";

const hub = createHub();
const read = runStream(hub, (_request, /** @type {string} */ run) => ({ run, controlEvents: false }));

/** Returns the `StreamDurability` of a request. */
function durability(/** @type {Request} */ request) {
  const run = ai.resolveResumeRunId(request) ?? crypto.randomUUID();
  const chunkOf = ({ id, data }) => ({ offset: id, chunk: JSON.parse(data) });
  let producer;
  return {
    resumeFrom: () => request.headers.get("Last-Event-ID") ?? new URL(request.url).searchParams.get("offset"),
    async append(chunks) {
      producer ??= await hub.run(run);
      return Promise.all(chunks.map((chunk) => producer.append({ data: chunk })));
    },
    async *read(offset, signal) {
      const headers = offset === "-1" ? {} : { "Last-Event-ID": offset };
      const response = await read(new Request(request.url, { headers, signal }), run);
      if (!response.ok) throw new Error(`The run ${run} is not held: ${response.status}.`);
      for await (const { lastEventId: id, data } of parseEvents(response)) yield chunkOf({ id, data });
    },
    async snapshot() {
      const chunks = [];
      for await (const event of (await hub.findRun(run))?.events() ?? []) chunks.push(chunkOf(event));
      return chunks;
    },
    close: async () => producer?.complete(),
  };
}

const app = new Hono();
app.post("/chat", ({ req }) =>
  ai.toServerSentEventsResponse(model(), { durability: { adapter: durability(req.raw), batch: 1 } }),
);
app.get("/chat", ({ req }) => ai.resumeServerSentEventsResponse({ adapter: durability(req.raw) }));
serve({ fetch: app.fetch, port: Number(process.env.PORT ?? 3000) });

/** Replaces `chat({ adapter, messages })`. @returns {AsyncIterable<ai.StreamChunk>} */
async function* model() {
  yield { type: ai.EventType.TEXT_MESSAGE_CONTENT, messageId: "1", delta: "Hello" };
  await reloaded;
  yield { type: ai.EventType.TEXT_MESSAGE_CONTENT, messageId: "1", delta: ", world!" };
  yield { type: ai.EventType.RUN_FINISHED, threadId: "1", runId: "run-1" };
}

// The page: it is reloaded after the first word.
let reload = () => {};
const reloaded = new Promise((resolve) => (reload = () => resolve(undefined)));
const connection = fetchServerSentEvents("http://localhost:3000/chat");
const asked = connection.connect([], {}, undefined, { threadId: "1", runId: "run-1" });
for await (const chunk of asked) if ("delta" in chunk) break;
reload();
for await (const chunk of connection.joinRun?.("run-1") ?? []) if ("delta" in chunk) console.log(chunk.delta);
