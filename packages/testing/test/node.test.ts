import { afterEach, expect, test } from "vitest";
import { collect, createScriptedServer, until } from "../src/index.js";
import { type Listening, listen, listenFetch } from "../src/node.js";

const open: Listening[] = [];
afterEach(async () => {
  for (const listening of open.splice(0)) await listening.close();
});

test("a scripted server has an address, and its faults reach the socket", async () => {
  const server = createScriptedServer();
  const listening = await listenFetch(server.fetch);
  open.push(listening);
  const response = await fetch(`${listening.url}/events`, { headers: { "Last-Event-ID": "x" } });
  server.send({ data: "1" });
  expect((await collect(response.clone(), 1)).map(({ data }) => data)).toEqual(["1"]);
  expect(server.requests[0]).toMatchObject({ url: `${listening.url}/events`, lastEventId: "x" });
  server.drop();
  await expect(response.text()).rejects.toThrow();
});

test("a client that leaves ends its stream", async () => {
  const server = createScriptedServer();
  const listening = await listenFetch(server.fetch);
  open.push(listening);
  const leaving = new AbortController();
  await fetch(listening.url, { signal: leaving.signal });
  expect(server.connections).toBe(1);
  leaving.abort();
  await until(() => server.connections === 0);
});

test("a request listener gets a free port, and closes with its connections open", async () => {
  const listening = await listen((_request, response) => {
    response.write("never ends");
  });
  const response = await fetch(listening.url);
  await listening.close();
  await expect(response.text()).rejects.toThrow();
});

test("a Fetch handler receives the body of a request", async () => {
  const listening = await listenFetch(async (request) => new Response((await request.text()).toUpperCase()));
  open.push(listening);
  const response = await fetch(listening.url, { method: "POST", body: "hello" });
  expect(await response.text()).toBe("HELLO");
});

test("a Fetch handler sends each of several cookies", async () => {
  const headers = new Headers({ "x-one": "1" });
  for (const cookie of ["a=1", "b=2"]) headers.append("set-cookie", cookie);
  const listening = await listenFetch(() => new Response("", { headers }));
  open.push(listening);
  const response = await fetch(listening.url);
  expect([response.headers.getSetCookie(), response.headers.get("x-one")]).toEqual([["a=1", "b=2"], "1"]);
});
