import { describe, expect, test } from "vitest";
import { get, post, say, sayIn, startChat, tell } from "./support/chat.js";
import { Listener, texts } from "./support/listener.js";

describe("a user who joins", () => {
  test("gets the last 50 messages, oldest first, and then what is said", async () => {
    const chat = await startChat();
    for (let number = 1; number <= 53; number++) await say(chat, "ann", `${number}`);
    const bob = await Listener.connect(chat, "bob");
    const heard = await bob.untilLive();
    expect(texts(heard)).toEqual(Array.from({ length: 50 }, (_, index) => `${index + 4}`));
    expect(heard.at(-1)?.data).toMatchObject({ replayed: 50 });
    await say(chat, "ann", "54");
    expect(await bob.textsUntil("54")).toEqual(["54"]);
  });

  test("gets the direct messages that are theirs, and those of no one else", async () => {
    const chat = await startChat();
    await tell(chat, "ann", "bob", "for bob");
    await tell(chat, "bob", "ann", "for ann");
    await tell(chat, "ann", "carl", "for carl");
    await say(chat, "ann", "for all");
    const heardBy = async (name: string): Promise<unknown[]> =>
      texts(await (await Listener.connect(chat, name)).untilLive());
    expect(await heardBy("ann")).toEqual(["for bob", "for ann", "for carl", "for all"]);
    expect(await heardBy("bob")).toEqual(["for bob", "for ann", "for all"]);
    expect(await heardBy("carl")).toEqual(["for carl", "for all"]);
    expect(await heardBy("dora")).toEqual(["for all"]);
  });

  test("gets what was said in the rooms that they enter, and not in others", async () => {
    const chat = await startChat();
    await sayIn(chat, "music", "ann", "la");
    await sayIn(chat, "cooking", "ann", "salt");
    const bob = await Listener.connect(chat, "bob", { rooms: "music" });
    expect(texts(await bob.untilLive())).toEqual(["la"]);
  });
});

describe("a connection that resumes", () => {
  test("gets what it missed, each once and in order, and then what is said", async () => {
    const chat = await startChat();
    const first = await Listener.join(chat, "bob");
    const seen = await say(chat, "ann", "seen");
    await first.nextOf("broadcast");
    first.leave();
    await say(chat, "ann", "missed 1");
    await sayIn(chat, "general", "ann", "missed 2");
    await tell(chat, "ann", "bob", "missed 3");
    await tell(chat, "ann", "carl", "not for bob");
    const again = await Listener.connect(chat, "bob", { lastEventId: seen });
    const heard = await again.untilLive();
    expect(heard.map(({ event }) => event)).toEqual(["broadcast", "room", "direct", "sse:live"]);
    expect(texts(heard)).toEqual(["missed 1", "missed 2", "missed 3"]);
    await say(chat, "ann", "live");
    expect(await again.textsUntil("live")).toEqual(["live"]);
  });

  test("gets no direct message of others, whichever id it shows", async () => {
    const chat = await startChat();
    const before = await say(chat, "ann", "before");
    const secret = await tell(chat, "ann", "bob", "secret");
    for (const lastEventId of [before, secret]) {
      const carl = await Listener.connect(chat, "carl", { lastEventId });
      expect(texts(await carl.untilLive())).toEqual([]);
    }
  });

  test("gets no history beside what it missed", async () => {
    const chat = await startChat();
    await say(chat, "ann", "old");
    const last = await say(chat, "ann", "last");
    const bob = await Listener.connect(chat, "bob", { lastEventId: last });
    expect((await bob.untilLive()).map(({ event }) => event)).toEqual(["sse:live"]);
  });

  test("is told of a gap by an id from before a restart, and gets what the new server holds", async () => {
    const old = await startChat();
    const lastEventId = await say(old, "ann", "lost");
    await old.close();
    const chat = await startChat({ port: old.port });
    await say(chat, "ann", "after the restart");
    const bob = await Listener.connect(chat, "bob", { lastEventId });
    const [gap, ...rest] = await bob.untilLive();
    expect(gap?.event).toBe("sse:gap");
    expect(gap?.data).toMatchObject({ reason: "epoch", requested: lastEventId });
    expect(texts(rest)).toEqual(["after the restart"]);
    await say(chat, "ann", "live");
    expect(await bob.textsUntil("live")).toEqual(["live"]);
  });

  test.each([
    ["nonsense", "no such id!"],
    ["a very long one", "x".repeat(4_000)],
    ["one that was never given out", "abc-999999"],
  ])("is told of a gap by %s", async (_what, lastEventId) => {
    const chat = await startChat();
    await say(chat, "ann", "held");
    const bob = await Listener.connect(chat, "bob", { lastEventId });
    const [gap, ...rest] = await bob.untilLive();
    expect(gap?.event).toBe("sse:gap");
    expect(texts(rest)).toEqual(["held"]);
  });
});

describe("a page that asks to be dropped", () => {
  test("is told to stay away longer, loses its stream, and no other one", async () => {
    const chat = await startChat({ awayTime: 4_321 });
    const ann = await Listener.connect(chat, "ann");
    const other = await Listener.join(chat, "ann");
    const connection = String((await ann.untilLive()).at(-1)?.data["connection"]);
    const answer = await post(chat, "/chat/drop", { connection });
    expect(answer).toEqual({ status: 200, body: { retry: 4_321 } });
    expect(await ann.next()).toBeUndefined();
    expect(ann.retries.at(-1)).toBe(4_321);
    await say(chat, "bob", "still here");
    expect(await other.textsUntil("still here")).toEqual(["still here"]);
  });

  test("gets 404 for a connection that is gone or never was", async () => {
    const chat = await startChat();
    const answer = await post(chat, "/chat/drop", { connection: "00000000-0000-4000-8000-000000000000" });
    expect(answer).toMatchObject({
      status: 404,
      body: { code: "unknown-connection", parameter: "connection" },
    });
  });
});

test("GET /chat/history has what a person would receive, and what a room would", async () => {
  const chat = await startChat();
  await say(chat, "ann", "for all");
  await sayIn(chat, "music", "ann", "in music");
  await tell(chat, "ann", "bob", "for bob");
  const textsOf = async (query: string): Promise<unknown> => {
    const { Messages } = (await get(chat, `/chat/history?${query}`)) as { Messages: { Message: string }[] };
    return Messages.map(({ Message }) => Message);
  };
  expect(await textsOf("username=bob&rooms=music")).toEqual(["for all", "in music", "for bob"]);
  expect(await textsOf("username=carl&rooms=")).toEqual(["for all"]);
  expect(await textsOf("rooms=music")).toEqual(["for all", "in music"]);
});

test("a request that is repeated with its key is one message, and another message conflicts", async () => {
  const chat = await startChat();
  const bob = await Listener.join(chat, "bob");
  const send = (message: string, key: string): Promise<Response> =>
    fetch(`${chat.url}/chat/broadcast?${new URLSearchParams({ from: "ann", message })}`, {
      method: "POST",
      headers: { "idempotency-key": key },
    });
  const key = "019b8ba3-e000-7abc-8def-0123456789ab";
  const ids = [await (await send("once", key)).json(), await (await send("once", key)).json()];
  expect(ids[0]).toEqual(ids[1]);
  const conflict = await send("other", key);
  expect(conflict.status).toBe(409);
  expect(await conflict.json()).toMatchObject({ code: "idempotency-conflict" });
  expect((await send("x", "a key")).status).toBe(400);
  await say(chat, "ann", "last");
  expect(await bob.textsUntil("last")).toEqual(["once", "last"]);
});

test("rooms change on the live connection", async () => {
  const chat = await startChat();
  const bob = await Listener.connect(chat, "bob", { rooms: "general" });
  const { data } = await bob.nextOf("sse:live");
  const change = async (subscribe: string[]): Promise<Response> =>
    fetch(`${chat.url}/chat/subscription`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ connection: data["connection"], subscribe }),
    });
  expect(await (await change(["music"])).json()).toEqual({ topics: ["general", "music"] });
  await sayIn(chat, "music", "ann", "heard");
  expect((await bob.nextOf("room")).data).toMatchObject({ To: "music", Message: "heard" });
  expect((await change(["a b"])).status).toBe(400);
});
