import { createMemoryLog } from "@sse/koa";
import { expect, onTestFinished, test } from "vitest";
import type { ChatServer } from "../src/server.js";
import { post, startChat } from "./support/chat.js";
import { Listener } from "./support/listener.js";

const last = "the last word";

/**
 * A participant who stays in the chat on whichever server: the messages received, and the number of
 * reconnects.
 */
interface Stayer {
  readonly texts: string[];
  readonly gaps: number;
  readonly moves: number;
}

/**
 * Follows until the last message, as a browser does: reconnects whenever the stream ends, with the
 * last id.
 */
async function stay(name: string, first: ChatServer, next: ChatServer): Promise<Stayer> {
  const texts: string[] = [];
  let gaps = 0;
  let moves = 0;
  let lastEventId: string | undefined;
  let listener = await Listener.join(first, name);
  for (;;) {
    const heard = await listener.next();
    if (heard === undefined) {
      moves++;
      listener = await Listener.connect(next, name, lastEventId === undefined ? {} : { lastEventId });
      continue;
    }
    lastEventId = heard.id ?? lastEventId;
    if (heard.event === "sse:gap") gaps++;
    if (typeof heard.data["Message"] !== "string") continue;
    texts.push(heard.data["Message"]);
    if (heard.data["Message"] === last) return { texts, gaps, moves };
  }
}

test("a rolling restart over a log that outlives the server: everybody moves on, and hears every word once, in order", async () => {
  const log = createMemoryLog();
  onTestFinished(() => log.close());
  const [first, next] = [await startChat({ log, drain: 500 }), await startChat({ log })];
  const staying = Promise.all(
    Array.from({ length: 10 }, (_, number) => stay(`guest ${number}`, first, next)),
  );
  const said: string[] = [];
  const say = async (chat: ChatServer, message: string): Promise<void> => {
    const parameters =
      said.length % 2 === 0 ? { from: "ann", message } : { from: "ann", message, room: "general" };
    const path = "room" in parameters ? "/chat/room" : "/chat/broadcast";
    expect((await post(chat, path, parameters)).status).toBe(200);
    said.push(message);
  };

  while (((await (await fetch(`${first.url}/chat/users`)).json()) as string[]).length < 10);
  for (let number = 0; number < 20; number++) await say(first, `before ${number}`);
  let closed = false;
  const closing = first.close().then(() => {
    closed = true;
  });
  for (let number = 0; number === 0 || !closed; number++) await say(next, `during ${number}`);
  await closing;
  for (let number = 0; number < 20; number++) await say(next, `after ${number}`);
  await say(next, last);

  for (const { texts, gaps, moves } of await staying) {
    expect({ texts, gaps, moves }).toEqual({ texts: said, gaps: 0, moves: 1 });
  }
});
