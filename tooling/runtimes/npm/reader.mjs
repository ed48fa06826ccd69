// Reads the numbers from 1 to `count` that a hub publishes, by the class and by the client, and
// returns what each one received. As a script, with the URL and the count as arguments, it prints
// that.
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

export async function read(url, count) {
  const [byTheClass, byTheClient] = await Promise.all([byClass(url, count), byClient(url, count)]);
  return { class: byTheClass, client: byTheClient };
}

const [, , url, count] = globalThis.process?.argv ?? [];
if (count !== undefined) read(url, Number(count)).then((read) => console.log(JSON.stringify(read)));
