// A page with nothing installed: the browser's own EventSource resumes by itself. Try it:
//   node page.mjs, and open http://localhost:3000 in two windows
import { createServer } from "node:http";
import { createHub, hubStream } from "@sse/node";

const hub = createHub();
const events = hubStream(hub, () => ({ topics: ["clicks"], replay: { last: 5 } }));

const page = `<!doctype html>
<meta charset="utf-8">
<title>Clicks</title>
<button>Click</button> <output>connecting …</output>
<ol></ol>
<script>
  const [button, state, list] = document.querySelectorAll("button, output, ol");
  button.onclick = () => fetch("/click", { method: "POST" });
  const source = new EventSource("/events");
  source.onerror = () => (state.value = "reconnecting …");
  source.addEventListener("sse:live", () => (state.value = "live"));
  source.addEventListener("sse:gap", () => (list.textContent = ""));
  source.addEventListener("click", ({ data }) => {
    const item = document.createElement("li");
    item.textContent = data; // never innerHTML
    list.prepend(item);
  });
</script>
`;

createServer(async (request, response) => {
  if (request.url === "/events") return events(request, response);
  if (request.url === "/click" && request.method === "POST") {
    await hub.publish("clicks", { event: "click", data: new Date().toISOString() });
    return response.writeHead(204).end();
  }
  response.writeHead(200, { "Content-Type": "text/html" }).end(page);
}).listen(Number(process.env.PORT ?? 3000));
