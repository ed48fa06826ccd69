// Follows a stream by the class and by the client, and answers with what each one received.
import { createEventSource } from "@sse/client";
import { EventSource } from "@sse/client/eventsource";

const count = 3;

function byClass(url) {
  const calls = [];
  return new Promise((resolve) => {
    const source = new EventSource(url);
    source.onopen = () => calls.push("open");
    source.onerror = ({ cause }) => resolve([...calls, String(cause)]);
    source.onmessage = ({ data }) => {
      calls.push(data);
      if (data !== String(count)) return;
      source.close();
      resolve(calls);
    };
  });
}

async function byClient(url) {
  const calls = [];
  for await (const { data } of createEventSource(url, { retry: false })) {
    calls.push(data);
    if (data === String(count)) break;
  }
  return calls;
}

export default {
  async fetch(request) {
    const url = new URL(request.url).searchParams.get("url");
    return Response.json({ byClass: await byClass(url), byClient: await byClient(url) });
  },
};
