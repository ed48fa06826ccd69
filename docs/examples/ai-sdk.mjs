// The AI SDK: an answer that survives a reload. `DefaultChatTransport`, which `useChat` uses, reads a
// run. After a reload it asks for the answer under way, and 204 says that there is none. Try it:
//   node ai-sdk.mjs
import { serve } from "@hono/node-server";
import { createHub, parseEvents, runStream } from "@sse/web";
import { createUIMessageStream, createUIMessageStreamResponse, DefaultChatTransport } from "ai";
import { Hono } from "hono";

const hub = createHub();
const runs = new Map(); // the newest run of each chat: in production in the database of the chats
const find = (/** @type {string} */ chat) => hub.findRun(runs.get(chat) ?? "none");

const answer = runStream(hub, (_request, /** @type {string} */ run) => ({ run, controlEvents: false }), {
  methods: ["GET", "POST"],
});

const app = new Hono();
app.post("/api/chat", async (c) => {
  const { id } = await c.req.json();
  const run = await hub.run(undefined, { abandonAfter: 60_000 });
  runs.set(id, run.id);
  const response = createUIMessageStreamResponse({ stream: model(run.signal) });
  void run.pipe(parseEvents(response), ({ data }) => ({ data }));
  return answer(c.req.raw, run.id);
});
app.get("/api/chat/:id/stream", async (c) => {
  const run = await find(c.req.param("id"));
  return run?.state === "running" ? answer(c.req.raw, run.id) : c.body(null, 204);
});
app.delete("/api/chat/:id", async (c) => c.json({ state: await (await find(c.req.param("id")))?.cancel() }));
serve({ fetch: app.fetch, port: Number(process.env.PORT ?? 3000) });

/** Replaces `toUIMessageStream({ stream: streamText({ model, messages, abortSignal }).stream })`. */
const model = (/** @type {AbortSignal} */ signal) =>
  createUIMessageStream({
    async execute({ writer }) {
      writer.write({ type: "text-start", id: "1" });
      writer.write({ type: "text-delta", id: "1", delta: "Hello" });
      await reloaded;
      if (!signal.aborted) writer.write({ type: "text-delta", id: "1", delta: ", world!" });
      writer.write({ type: "text-end", id: "1" });
    },
  });

// The page: it is reloaded after the first word.
let reload = () => {};
const reloaded = new Promise((resolve) => (reload = () => resolve(undefined)));
const transport = new DefaultChatTransport({ api: "http://localhost:3000/api/chat" });
const chat = { chatId: "chat-1", messageId: undefined, messages: [], abortSignal: undefined };
for await (const chunk of await transport.sendMessages({ ...chat, trigger: "submit-message" }))
  if (chunk.type === "text-delta") break;

const stream = await transport.reconnectToStream(chat);
reload();
for await (const chunk of stream ?? []) if (chunk.type === "text-delta") console.log(chunk.delta);
console.log("under way:", await transport.reconnectToStream(chat));
