// A dashboard: a new page paints the newest value of each series at once, and a page on a slow line
// receives the newest value of each series instead of all of them. Try it:
//   node dashboard.mjs
//   curl -N localhost:3000/metrics
import { createServer } from "node:http";
import { createHub, hubStream } from "@sse/node";

const series = ["cpu", "memory", "disk"];

const hub = createHub({
  flushInterval: 50, // 50 ms are not seen, and 20 writes a second replace hundreds
  slowReader: { policy: "conflate" },
});

const metrics = hubStream(hub, () => ({ topics: ["metrics"], replay: { latest: true } }));
createServer((request, response) => {
  if (request.url === "/metrics") metrics(request, response);
  else response.writeHead(404).end();
}).listen(Number(process.env.PORT ?? 3000));

setInterval(() => {
  for (const name of series) {
    const value = Math.round(Math.random() * 100);
    // Of the same conflateKey only the newest counts.
    void hub.publish("metrics", { event: "value", data: { name, value } }, { conflateKey: name });
  }
}, 20);
