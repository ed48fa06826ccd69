// Reads the numbers from 1 to `count` that a hub publishes, by the class and by the client, and
// returns what each one received. Runs as a worker, or as a script with the URL and the count.
import { createEventSource } from "@sse/client";
import { EventSource } from "@sse/client/eventsource";

function byClass(url, count) {
  const numbers = [];
  return new Promise((resolve) => {
    const source = new EventSource(url);
    source.addEventListener("n", ({ data }) => {
      numbers.push(Number(data));
      if (numbers.at(-1) !== count) return;
      source.close();
      resolve(numbers);
    });
  });
}

async function byClient(url, count) {
  const numbers = [];
  for await (const { event, data } of createEventSource(url)) {
    if (event === "n") numbers.push(Number(data));
    if (numbers.at(-1) === count) break;
  }
  return numbers;
}

async function read(url, count) {
  const [byTheClass, byTheClient] = await Promise.all([byClass(url, count), byClient(url, count)]);
  return { class: byTheClass, client: byTheClient };
}

export default {
  async fetch(request) {
    const { searchParams } = new URL(request.url);
    return Response.json(await read(searchParams.get("url"), Number(searchParams.get("count"))));
  },
};

const [, , url, count] = globalThis.process?.argv ?? [];
if (count !== undefined) read(url, Number(count)).then((read) => console.log(JSON.stringify(read)));
