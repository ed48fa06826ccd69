import { describe, expect, onTestFinished, test, vi } from "vitest";
import { get, post, startChat } from "./support/chat.js";
import { Listener } from "./support/listener.js";

const long = "x".repeat(33);

describe("bad input is answered 400, with the parameter and what to do", () => {
  test.each([
    ["", "missing-parameter", "username"],
    ["?username=", "missing-parameter", "username"],
    ["?username=%20%09", "missing-parameter", "username"],
    [`?username=${long}`, "parameter-too-long", "username"],
    ["?username=a%00b", "invalid-parameter", "username"],
    ["?username=a%0Ab", "invalid-parameter", "username"],
    ["?username=a%E2%80%AEb", "invalid-parameter", "username"],
    ["?username=%E2%80%8D", "invalid-parameter", "username"],
    ["?username=ECHO", "name-taken", "username"],
    ["?username=ann&rooms=a%20b", "invalid-parameter", "rooms"],
    ["?username=ann&rooms=general,%3Cb%3E", "invalid-parameter", "rooms"],
    [`?username=ann&rooms=${long}`, "parameter-too-long", "rooms"],
    [
      `?username=ann&rooms=${Array.from({ length: 21 }, (_, index) => `r${index}`)}`,
      "too-many-rooms",
      "rooms",
    ],
  ])("GET /chat/sse%s", async (query, code, parameter) => {
    const chat = await startChat();
    const response = await fetch(`${chat.url}/chat/sse${query}`);
    expect(response.status).toBe(400);
    expect(response.headers.get("content-type")).toBe("application/problem+json; charset=utf-8");
    expect(await response.json()).toEqual({
      type: "about:blank",
      title: "Bad Request",
      status: 400,
      code,
      parameter,
      detail: expect.stringContaining(parameter === "username" && code === "name-taken" ? "Echo" : parameter),
    });
    expect(await get(chat, "/chat/users")).toEqual([]);
  });

  const message = "hi";
  test.each([
    ["/chat/broadcast", {}, "missing-parameter", "from"],
    ["/chat/broadcast", { from: "ann" }, "missing-parameter", "message"],
    ["/chat/broadcast", { from: "ann", message: " \n " }, "missing-parameter", "message"],
    ["/chat/broadcast", { from: "ann", message: "x".repeat(2_001) }, "parameter-too-long", "message"],
    ["/chat/broadcast", { from: long, message }, "parameter-too-long", "from"],
    ["/chat/broadcast", { from: "echo", message }, "name-taken", "from"],
    ["/chat/direct", { from: "ann", message }, "missing-parameter", "to"],
    ["/chat/direct", { from: "ann", to: "", message }, "missing-parameter", "to"],
    ["/chat/direct", { from: "ann", to: long, message }, "parameter-too-long", "to"],
    ["/chat/direct", { from: "ann", to: "b\u0007b", message }, "invalid-parameter", "to"],
    ["/chat/room", { from: "ann", message }, "missing-parameter", "room"],
    ["/chat/room", { from: "ann", room: "a,b", message }, "invalid-parameter", "room"],
    ["/chat/room", { from: "ann", room: "-", message }, "invalid-parameter", "room"],
    ["/chat/typing", {}, "missing-parameter", "from"],
    ["/chat/typing", { from: "ann", room: "" }, "missing-parameter", "room"],
    ["/chat/drop", {}, "missing-parameter", "connection"],
  ])("POST %s %o", async (path, parameters, code, parameter) => {
    const chat = await startChat();
    const bob = await Listener.join(chat, "bob");
    const answer = await post(chat, path, parameters as Record<string, string>);
    expect(answer).toEqual({
      status: 400,
      body: expect.objectContaining({ code, parameter, detail: expect.any(String) }),
    });
    await post(chat, "/chat/broadcast", { from: "ann", message: "end" });
    expect(await bob.next()).toMatchObject({ event: "broadcast", data: { Message: "end" } });
  });
});

test("a name of many marks is answered without normalizing it, which takes quadratic time", async () => {
  const { url } = await startChat();
  const normalize = vi.spyOn(String.prototype, "normalize");
  onTestFinished(() => normalize.mockRestore());
  const from = `a${"\u0301".repeat(10_000)}${"\u0323".repeat(10_000)}`;
  for (const parameters of [{ from }, { from: "ann", room: from, message: "hi" }]) {
    const response = await fetch(`${url}/chat/room`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(parameters),
    });
    expect(await response.json()).toMatchObject({ status: 400, code: "parameter-too-long" });
  }
  expect(normalize.mock.contexts.filter((text) => String(text).length > 1_000)).toEqual([]);
});

describe("a body", () => {
  test.each([
    ["application/json", "{", 400, "invalid-body"],
    ["application/json", "[]", 400, "invalid-body"],
    ["application/json", "null", 400, "invalid-body"],
    ["application/json", '{"from":1}', 400, "invalid-body"],
    ["text/plain", "from=ann", 415, "unsupported-body"],
    ["application/json", JSON.stringify({ message: "x".repeat(70_000) }), 413, "body-too-large"],
  ])("of type %s that reads %.20s is answered %i", async (type, body, status, code) => {
    const { url } = await startChat();
    const headers = { "Content-Type": type };
    const response = await fetch(`${url}/chat/broadcast`, { method: "POST", headers, body });
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ status, code, detail: expect.any(String) });
  });
});

describe("a request that is none of the chat's", () => {
  test.each([
    ["POST", "/chat/sse?username=ann", "GET, HEAD"],
    ["GET", "/chat/broadcast", "POST"],
    ["DELETE", "/chat/users", "GET, HEAD"],
    ["PUT", "/", "GET, HEAD"],
  ])("%s %s is answered 405 with the methods that are allowed", async (method, path, allow) => {
    const { url } = await startChat();
    const response = await fetch(`${url}${path}`, { method });
    expect(response.status).toBe(405);
    expect(response.headers.get("allow")).toBe(allow);
    expect(await response.json()).toMatchObject({ code: "method-not-allowed" });
  });

  test("for a stream, by someone who does not accept event streams, is answered 406", async () => {
    const chat = await startChat();
    const response = await fetch(`${chat.url}/chat/sse?username=ann`, { headers: { Accept: "text/html" } });
    expect(response.status).toBe(406);
    expect(await get(chat, "/chat/users")).toEqual([]);
  });

  test.each([
    "/nope",
    "/chat",
    "/chat/sse/",
    "/../package.json",
    "/js/%2e%2e/%2e%2e/package.json",
    "/tsconfig.json",
    "/constructor",
    "//",
  ])("to %s is answered 404 as JSON", async (path) => {
    const { url } = await startChat();
    const response = await fetch(`${url}${path}`);
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ code: "not-found" });
  });
});

describe("a name", () => {
  test("that looks the same is the same person", async () => {
    const chat = await startChat();
    await Listener.join(chat, "Zo\u00eb");
    await Listener.join(chat, " Zoe\u0308 ");
    expect(await get(chat, "/chat/users")).toEqual(["Zo\u00eb"]);
  });

  test("has up to 32 characters as people count them, of any script", async () => {
    const chat = await startChat();
    await Listener.join(chat, "日".repeat(32));
    await Listener.join(chat, "𝒳".repeat(32));
    await Listener.join(chat, "علی\u200cرضا");
    await Listener.join(chat, "👩\u200d🚀");
    expect(await get(chat, "/chat/users")).toHaveLength(4);
  });
});
