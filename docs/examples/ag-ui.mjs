// AG-UI: the run of an agent, which `HttpAgent` reads, and which a page that is reloaded reads again
// from its beginning. Try it:
//   node ag-ui.mjs
import { EventType, HttpAgent, runHttpRequest, transformHttpEventStream } from "@ag-ui/client";
import { serve } from "@hono/node-server";
import { createHub, runStream } from "@sse/web";
import { Hono } from "hono";

const hub = createHub();
const answer = runStream(hub, (_request, /** @type {string} */ run) => ({ run, controlEvents: false }), {
  methods: ["GET", "POST"],
});

const app = new Hono();
app.post("/agent", async (c) => {
  const input = await c.req.json();
  const run = await hub.run(input.runId, { abandonAfter: 60_000 });
  void run.pipe(agentEvents(input), (event) => ({ data: event }));
  return answer(c.req.raw, run.id);
});
app.get("/agent/:run", (c) => answer(c.req.raw, c.req.param("run")));
app.delete("/agent/:run", async (c) => {
  const run = await hub.findRun(c.req.param("run"));
  return c.json({ state: await run?.cancel() });
});
serve({ fetch: app.fetch, port: Number(process.env.PORT ?? 3000) });

/** Replaces your agent, which stops when the signal of the run aborts. */
async function* agentEvents({ threadId, runId }) {
  yield { type: EventType.RUN_STARTED, threadId, runId };
  yield { type: EventType.TEXT_MESSAGE_START, messageId: "1", role: "assistant" };
  for (const delta of ["Hello", ", ", "world!"]) {
    yield { type: EventType.TEXT_MESSAGE_CONTENT, messageId: "1", delta };
    await reloaded;
  }
  yield { type: EventType.TEXT_MESSAGE_END, messageId: "1" };
  yield { type: EventType.RUN_FINISHED, threadId, runId };
}

/** An agent that connects to a run that was started before: `connectAgent({ runId })`. */
class ResumableAgent extends HttpAgent {
  connect(/** @type {import("@ag-ui/client").RunAgentInput} */ { runId }) {
    const init = { headers: this.headers, signal: this.abortController.signal };
    return transformHttpEventStream(runHttpRequest(() => this.fetch(`${this.url}/${runId}`, init)));
  }
}

// The page: it is reloaded after the first word.
let reload = () => {};
const reloaded = new Promise((resolve) => (reload = () => resolve(undefined)));
const page = { url: "http://localhost:3000/agent", threadId: "thread-1" };
const first = new ResumableAgent(page);
first.subscribe({ onTextMessageContentEvent: () => first.abortRun() });
await first.runAgent({ runId: "run-1" }).catch(() => {});

const second = new ResumableAgent(page);
reload();
await second.connectAgent({ runId: "run-1" });
console.log(second.messages.at(-1)?.content);
