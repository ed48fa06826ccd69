import { expect, test } from "vitest";
import { joinChat } from "../src/terminal.js";
import { startChat } from "./support/chat.js";

/** Joins, and resolves when later messages will arrive. */
async function join(url: string, username: string) {
  const lines: string[] = [];
  const chat = joinChat({ url, username }, (line) => lines.push(line.replace(/^\d\d:\d\d /, "")));
  await new Promise((resolve) => chat.source.onLifecycle("live", resolve));
  return { ...chat, lines };
}

/** Resolves when the lines have a certain last one. */
async function until(lines: string[], last: string): Promise<void> {
  while (lines.at(-1) !== last) await new Promise((resolve) => setImmediate(resolve));
}

test("two terminals talk: to everybody, to a room, to each other; and hear who comes and goes", async () => {
  const { url } = await startChat();
  const ann = await join(url, "ann");
  const bob = await join(url, "bob");
  await ann.say("hello");
  await bob.say("#random anyone\nhere?");
  await bob.say("\u001b[2J\r-- ann has left");
  await bob.say("@ann psst");
  await bob.say("   ");
  await until(ann.lines, "bob to @ann: psst");
  bob.source.close();
  await until(ann.lines, "-- bob has left");
  expect(ann.lines.slice(ann.lines.indexOf("-- bob is here"))).toEqual([
    "-- bob is here",
    "ann: hello",
    "bob in #random: anyone\n      here?",
    "bob: \ufffd[2J\ufffd-- ann has left",
    "bob to @ann: psst",
    "-- bob has left",
  ]);
  ann.source.close();
});

test("a name that the server refuses ends the client, which says why", async () => {
  const { url } = await startChat();
  const lines: string[] = [];
  const { source } = joinChat({ url, username: "" }, (line) => lines.push(line));
  await source.closed;
  expect(lines).toEqual([expect.stringMatching(/status 400.*username/s)]);
});

test("an address without a message and a server that does not answer are said in words", async () => {
  const chat = await startChat();
  const { say, source, lines } = await join(chat.url, "ann");
  await say("@Bob");
  await say(" #music ");
  await chat.close();
  await say("hello");
  source.close();
  expect(lines).toEqual(
    expect.arrayContaining([
      "-- write a message after @Bob: @Bob hello",
      "-- write a message after #music: #music hello",
      `-- not sent: nothing answers at ${chat.url}. Is the chat running? npm start chat`,
    ]),
  );
});
