import { describe, expect, test } from "vitest";
import type { ChatServer } from "../src/server.js";
import { startChat } from "./support/chat.js";
import { Listener } from "./support/listener.js";

const pushToken = "a secret";
const message = {
  Type: "room",
  From: "build",
  To: "general",
  Message: "done",
  Timestamp: "2026-11-21T03:40:00Z",
};

async function push(
  { url }: ChatServer,
  body: unknown,
  headers: Record<string, string> = { Authorization: `Bearer ${pushToken}` },
): Promise<{ status: number; json: Record<string, unknown> }> {
  const response = await fetch(`${url}/chat/push`, {
    method: "POST",
    headers: { "Content-Type": "application/json", ...headers },
    body: JSON.stringify(body),
  });
  return { status: response.status, json: JSON.parse(await response.text()) };
}

describe("POST /chat/push", () => {
  test("lets a program with the token speak in a room, under the id that it is answered", async () => {
    const chat = await startChat({ pushToken });
    const [ann, bob] = await Promise.all([
      Listener.join(chat, "ann", { rooms: "general" }),
      Listener.join(chat, "bob", { rooms: "music" }),
    ]);
    const { status, json } = await push(chat, {
      topics: ["general"],
      events: [{ event: "room", data: message }],
    });
    expect(status).toBe(200);
    const heard = await ann.nextOf("room");
    expect(heard.data).toEqual(message);
    expect([heard.id]).toEqual(json["ids"]);
    await push(chat, {
      events: [{ event: "broadcast", data: { ...message, Type: "broadcast", To: "", Message: "bye" } }],
    });
    expect(await bob.textsUntil("bye")).toEqual(["bye"]);
  });

  test("says it once, however often the request with its key is repeated", async () => {
    const chat = await startChat({ pushToken });
    const ann = await Listener.join(chat, "ann");
    const headers = { Authorization: `Bearer ${pushToken}`, "Idempotency-Key": "build-7" };
    const body = { topics: ["general"], events: [{ event: "room", data: message }] };
    const answers = [await push(chat, body, headers), await push(chat, body, headers)];
    expect(answers[1]).toEqual(answers[0]);
    await push(chat, {
      topics: ["general"],
      events: [{ event: "room", data: { ...message, Message: "end" } }],
    });
    expect(await ann.textsUntil("end")).toEqual(["done", "end"]);
  });

  test.each([{}, { Authorization: "Bearer another" }, { Authorization: pushToken }])(
    "is refused with 401 without the token: %j",
    async (headers) => {
      const chat = await startChat({ pushToken });
      const body = { events: [{ event: "broadcast", data: { ...message, Type: "broadcast" } }] };
      expect(await push(chat, body, headers)).toMatchObject({ status: 401, json: { title: "Unauthorized" } });
    },
  );

  test.each([
    ["a message without its text", "room", { ...message, Message: undefined }, "Message"],
    ["a message of another kind", "broadcast", message, "Type"],
    ["a time that is none", "room", { ...message, Timestamp: "noon" }, "Timestamp"],
    ["text where the page wants an object", "room", "done", ""],
  ])("refuses %s, and says where it is wrong", async (_, event, data, path) => {
    const chat = await startChat({ pushToken });
    const { status, json } = await push(chat, { events: [{ event, data }] });
    expect(status).toBe(422);
    expect(json).toMatchObject({ code: "invalid-event", errors: [{ path }] });
  });

  test("knows only the events of the chat", async () => {
    const chat = await startChat({ pushToken });
    expect((await push(chat, { events: [{ event: "other", data: {} }] })).status).toBe(422);
  });

  test.each([undefined, ""])("is not there without a token (%j)", async (pushToken) => {
    const chat = await startChat({ pushToken });
    expect((await push(chat, {}, { Authorization: "Bearer " })).status).toBe(404);
  });
});

test("ticks come again and again where they are wanted, without an id", async () => {
  const ann = await Listener.join(await startChat({ tickInterval: 1 }), "ann");
  const [first, second] = [await ann.nextOf("tick"), await ann.nextOf("tick")];
  expect(first.id).toBeUndefined();
  expect(Date.parse(String(second.data["Time"]))).toBeGreaterThanOrEqual(
    Date.parse(String(first.data["Time"])),
  );
});

test("GET /metrics tells Prometheus what the hub did, and names neither rooms nor people", async () => {
  const chat = await startChat({ pushToken });
  const ann = await Listener.join(chat, "ann");
  await push(chat, { topics: ["general"], events: [{ event: "room", data: message }] });
  await ann.nextOf("room");
  const response = await fetch(`${chat.url}/metrics`);
  const text = await response.text();
  expect(response.headers.get("content-type")).toBe("text/plain; version=0.0.4; charset=utf-8");
  expect(text).toMatch(/^sse_hub_connections\{[^}]*\} 1$/m);
  expect(text).toMatch(/^sse_hub_users\{[^}]*\} 1$/m);
  expect(text).toMatch(/^sse_hub_gaps_total\{[^}]*reason="evicted"[^}]*\} 0$/m);
  expect(text).not.toMatch(/ann|general/);
});
