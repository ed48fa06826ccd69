// An OpenAI-compatible stream, passed through and resumable: the client of `openai` reads a run, and
// after a reload reads it again at its `Content-Location`. Try it:
//   node openai-pass-through.mjs
import { serve } from "@hono/node-server";
import { createHub, parseEvents, runStream } from "@sse/web";
import { Hono } from "hono";
import { streamSSE } from "hono/streaming";
import OpenAI from "openai";
import { Stream } from "openai/core/streaming";

const provider = process.env.PROVIDER ?? "http://localhost:3000/imitation";

const hub = createHub();
const answer = runStream(hub, (_request, /** @type {string} */ run) => ({ run, controlEvents: false }));

const app = new Hono();
app.post("/v1/chat/completions", async (c) => {
  const run = await hub.run(undefined, { abandonAfter: 60_000 });
  const headers = { "Content-Type": "application/json", Authorization: c.req.header("authorization") ?? "" };
  const asked = { method: "POST", headers, body: await c.req.text(), signal: run.signal };
  const upstream = await fetch(`${provider}/v1/chat/completions`, asked);
  if (!upstream.ok) return upstream;
  void run.pipe(parseEvents(upstream), ({ data }) => ({ data })); // [DONE] included
  // Not the request itself: `openai` accepts JSON alone, also where it asks for a stream.
  const response = await answer(new Request(c.req.url), run.id);
  response.headers.set("Content-Location", `/runs/${run.id}`);
  return response;
});
app.get("/runs/:id", (c) => answer(c.req.raw, c.req.param("id")));
app.delete("/runs/:id", async (c) => {
  const run = await hub.findRun(c.req.param("id"));
  return c.json({ state: await run?.cancel("stop") });
});

app.post("/imitation/v1/chat/completions", (c) =>
  streamSSE(c, async (stream) => {
    for (const content of ["Hello", ", ", "world!"]) {
      await stream.writeSSE({ data: JSON.stringify({ choices: [{ index: 0, delta: { content } }] }) });
      await reloaded;
    }
    await stream.writeSSE({ data: "[DONE]" });
  }),
);
serve({ fetch: app.fetch, port: Number(process.env.PORT ?? 3000) });

// The page: it is reloaded after the first word.
let reload = () => {};
const reloaded = new Promise((resolve) => (reload = () => resolve(undefined)));
const openai = new OpenAI({ baseURL: "http://localhost:3000/v1", apiKey: "none" });
const messages = [{ role: /** @type {const} */ ("user"), content: "Hello?" }];
const asking = openai.chat.completions.create({ model: "imitation", stream: true, messages });
const { data, response } = await asking.withResponse();
for await (const _chunk of data) break;

const again = await fetch(new URL(response.headers.get("Content-Location") ?? "", response.url));
reload();
for await (const { choices } of Stream.fromSSEResponse(again, new AbortController()))
  console.log(choices[0].delta.content);
