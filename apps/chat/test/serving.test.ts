import { once } from "node:events";
import { get } from "node:http";
import { describe, expect, test } from "vitest";
import { say, startChat } from "./support/chat.js";
import { Listener } from "./support/listener.js";

describe("a chat server", () => {
  test("takes the next free port if its own is taken", async () => {
    const first = await startChat();
    const second = await startChat({ port: first.port });
    expect(second.port).toBeGreaterThan(first.port);
    expect(second.url).toBe(`http://localhost:${second.port}`);
    const ann = await Listener.join(second, "ann");
    await say(first, "bob", "in the other chat");
    await say(second, "bob", "here");
    expect(await ann.textsUntil("here")).toEqual(["here"]);
  });

  test("ends every stream when it closes, and frees its port", async () => {
    const chat = await startChat();
    const listeners = await Promise.all(["ann", "bob"].map((name) => Listener.join(chat, name)));
    const closing = chat.close();
    expect(chat.close()).toBe(closing);
    await closing;
    for (const listener of listeners) {
      let last = await listener.next();
      while (last !== undefined) last = await listener.next();
    }
    expect((await startChat({ port: chat.port })).port).toBe(chat.port);
  });
});

describe("the page", () => {
  test("may load and run nothing from elsewhere", async () => {
    const { url } = await startChat();
    const { headers } = await fetch(url);
    expect(headers.get("content-type")).toBe("text/html; charset=utf-8");
    expect(headers.get("content-security-policy")).toContain("default-src 'self';");
    expect(headers.get("content-security-policy")).not.toContain("unsafe-inline");
    expect(headers.get("x-content-type-options")).toBe("nosniff");
  });

  test("is not sent again to a browser that has it", async () => {
    const { url } = await startChat();
    const [first] = await once(get(url), "response");
    const again = get(url, { headers: { "If-None-Match": first.headers.etag } });
    const [second] = await once(again, "response");
    expect([first.statusCode, second.statusCode]).toEqual([200, 304]);
  });
});
