// An answer of a model as a run: a reload, a second tab and a broken network receive all of it, and
// only "Stop" stops it. Open http://localhost:3000, ask, and reload the page while it answers:
//   node llm-answer.mjs
import { setTimeout as delay } from "node:timers/promises";
import { createHub, runStream } from "@sse/express";
import express from "express";

const hub = createHub();
const app = express().use(express.text({ type: "*/*" }));

app.post("/answers", async (request, response) => {
  const run = await hub.run(undefined, { abandonAfter: 60_000 });
  void run.pipe(model(request.body, run.signal));
  response.status(201).location(`/answers/${run.id}`).send(`/answers/${run.id}\n`);
});
app.get(
  "/answers/:id",
  runStream(hub, (request) => ({ run: request.params.id })),
);
app.delete("/answers/:id", async ({ params }, response) => {
  response.json({ state: await (await hub.findRun(params.id))?.cancel("stop") });
});
app.get("/", (_request, response) => void response.send(page));
app.listen(Number(process.env.PORT ?? 3000));

/** Replaces a model: a word at a time, until the signal aborts. */
async function* model(/** @type {string} */ prompt, /** @type {AbortSignal} */ signal) {
  for (const word of `You said: ${prompt}`.split(/(?<= )/)) {
    await delay(300, undefined, { signal });
    yield word;
  }
}

const page = `<!doctype html>
<meta charset="utf-8">
<title>Answers</title>
<form><input name="prompt" value="Tell me a very long story, word by word"><button>Ask</button></form>
<button id="stop">Stop</button> <p></p>
<script>
  const text = document.querySelector("p");
  let source;
  // The address names the answer, so that a reload reads it again from its beginning.
  function show() {
    if (!location.hash) return;
    source?.close();
    text.textContent = "";
    source = new EventSource(location.hash.slice(1));
    source.onmessage = ({ data }) => text.append(data);
    source.addEventListener("sse:end", ({ data }) => text.append(" (" + JSON.parse(data).state + ")"));
  }
  show();
  onhashchange = show;

  document.forms[0].onsubmit = async (event) => {
    event.preventDefault();
    const body = document.forms[0].prompt.value;
    location.hash = (await (await fetch("/answers", { method: "POST", body })).text()).trim();
  };
  document.querySelector("#stop").onclick = () => fetch(location.hash.slice(1), { method: "DELETE" });
</script>`;
