import { parseEvents } from "@sse/koa";
import { expect, test, vi } from "vitest";
import { post, startChat } from "./support/chat.js";
import { Listener } from "./support/listener.js";

/** Reads an answer to its end, from an earlier event on if one is given. */
async function read(url: string, run: unknown, lastEventId?: string) {
  const headers: HeadersInit = lastEventId === undefined ? {} : { "last-event-id": lastEventId };
  const response = await fetch(`${url}/chat/answer?run=${run}`, { headers });
  const words: { id: string | undefined; text: string }[] = [];
  let end: unknown;
  for await (const { event, id, data } of parseEvents(response.body)) {
    if (event === "word") words.push({ id, text: JSON.parse(data).Text });
    if (event === "sse:end") end = JSON.parse(data).state;
  }
  return { status: response.status, words, end };
}

const question = { from: "ann", room: "general", message: "What is a run?" };

test("an answer is a run that the room is told of: all read the same, and a later reader the rest", async () => {
  const chat = await startChat({ wordTime: 0 });
  const bob = await Listener.join(chat, "bob");
  const { body } = await post(chat, "/chat/ask", question);
  const { data } = await bob.nextOf("answer");
  expect(data).toMatchObject({
    Message: "What is a run?",
    Asker: "ann",
    To: "general",
    Run: (body as { run: string }).run,
  });
  const readers = await Promise.all([read(chat.url, data["Run"]), read(chat.url, data["Run"])]);
  expect(readers[0]).toEqual(readers[1]);
  const { words, end } = readers[0]!;
  expect(words.length).toBeGreaterThan(20);
  expect(end).toBe("complete");
  const rest = await read(chat.url, data["Run"], words[9]!.id);
  expect(rest.words).toEqual(words.slice(10));
  const { Messages } = await (await fetch(`${chat.url}/chat/history?rooms=general`)).json();
  expect(Messages).toMatchObject([{ Type: "answer", Run: data["Run"] }]);
});

test("an answer that is stopped ends for all, and an unknown one is 404", async () => {
  const chat = await startChat({ wordTime: 60_000 });
  const { body } = await post(chat, "/chat/ask", question);
  const { run } = body as { run: string };
  const reading = read(chat.url, run);
  await vi.waitFor(async () => expect((await post(chat, "/chat/stop", { run })).status).toBe(200), {
    timeout: 120_000,
  });
  expect(await reading).toMatchObject({ words: [], end: "cancelled" });
  expect((await post(chat, "/chat/stop", { run: "none" })).status).toBe(404);
  expect((await fetch(`${chat.url}/chat/answer?run=none`)).status).toBe(404);
});
