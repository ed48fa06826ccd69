import { once } from "node:events";
import { gzipSync } from "node:zlib";
import { refuse } from "@sse/core";
import { createHub, type Hub, type PublishEndpointOptions } from "@sse/hub";
import type { NodeRequest } from "@sse/node";
import { settle } from "@sse/testing";
import { describe, expect, test } from "vitest";
import type { AdapterSubject, SubscriptionRoute } from "../adapters/subject.js";
import type { ClientResponse, RequestInit } from "../client.js";
import type { Harness, TestServer } from "../harness.js";
import { connectionOf, eventsOf, joined } from "./hub-client.js";

type Authorize = PublishEndpointOptions<NodeRequest>["authorize"];

interface Json {
  status: number;
  headers: ClientResponse["headers"];
  json: Record<string, unknown>;
}

/** A hub with everything that an application has around it. */
interface Served extends TestServer {
  hub: Hub;
  post(path: string, body: unknown, headers?: Record<string, string>): Promise<Json>;
}

const jsonType = { "Content-Type": "application/json" };
const maxBodyBytes = 1_000;

/** Publishing over HTTP, and topics that a page changes. */
export function describeEndpoints({ start, requireAbility }: Harness, subject: AdapterSubject): void {
  async function serve(authorize: Authorize = () => true): Promise<Served> {
    const hub = createHub();
    hub.on("error", () => {}); // The publisher receives the error.
    const topics: SubscriptionRoute = {
      subscription: hub,
      options: {
        authorize: (request, { connection, subscribe }) =>
          request.headers.authorization === connection.user && !subscribe.includes("secret"),
      },
    };
    const server = await start(
      {
        "/events": {
          hub,
          subscribe: (request) => {
            const query = new URL(request.url ?? "", "http://localhost").searchParams;
            return { topics: query.getAll("topic"), user: query.get("user") ?? "none" };
          },
        },
        "/publish": { publish: hub, options: { authorize, maxBodyBytes } },
        "/topics": topics,
      },
      { "X-Request-Id": "7", "Access-Control-Allow-Origin": "https://example.org" },
    );
    return {
      ...server,
      hub,
      post: async (path, value, headers = {}) => {
        const body = JSON.stringify(value);
        const announced = { ...jsonType, "Content-Length": Buffer.byteLength(body), ...headers };
        return answerOf(await server.get(path, { method: "POST", headers: announced, body }));
      },
    };
  }

  describe("publishEndpoint", () => {
    test("publishes to topics, to users and to everyone, and answers the ids that clients see", async () => {
      const { hub, get, post } = await serve();
      const ann = await joined(get("/events?topic=news&user=ann"));
      const bob = await joined(get("/events?topic=news&topic=sport&user=bob"));
      const both = await post("/publish", {
        topics: ["news", "sport"],
        events: [
          { event: "n", data: { title: "rain" } },
          { event: "n", data: "süß" },
        ],
      });
      const one = await post("/publish", { users: ["bob"], events: [{ event: "private", data: 1 }] });
      const all = await post("/publish", { events: [{ event: "hello", data: "all" }] });
      await hub.close();
      expect(await eventsOf(ann)).toEqual(['n {"title":"rain"}', "n süß", "hello all"]);
      expect(await eventsOf(bob)).toEqual(['n {"title":"rain"}', "n süß", "private 1", "hello all"]);
      for (const { status, headers } of [both, one, all]) {
        expect(status).toBe(200);
        expect(headers["content-type"]).toMatch(/^application\/json/);
      }
      const answered = [both, one, all].flatMap(({ json }) => json["ids"]);
      expect([...bob.text.matchAll(/^event: (?!sse:).*\nid: (.*)$/gm)].map(([, id]) => id)).toEqual(answered);
    });

    test("sends what is ephemeral to those who are live, without an id, and to no one later", async () => {
      const { hub, get, post } = await serve();
      const live = await joined(get("/events"));
      const before = hub.position();
      const { json } = await post("/publish", {
        events: [{ event: "typing", data: "ann", ephemeral: true }],
      });
      expect(json).toEqual({ ids: [""] });
      await live.until("event: typing\ndata: ann\n\n");
      const late = await joined(get("/events", { headers: { "Last-Event-ID": before } }));
      await hub.close();
      expect(await eventsOf(late)).toEqual([]);
    });

    test("answers a repeat of its Idempotency-Key with the first ids and publishes nothing more", async () => {
      const { hub, get, post } = await serve();
      const client = await joined(get("/events"));
      const batch = {
        events: [
          { event: "n", data: 1 },
          { event: "n", data: 2 },
        ],
      };
      const key = { "Idempotency-Key": "order-7" };
      const first = await post("/publish", batch, key);
      const again = await post("/publish", batch, key);
      expect(again).toMatchObject({ status: 200, json: first.json });
      const other = await post("/publish", { events: [{ event: "n", data: 3 }] }, key);
      expect(other).toMatchObject({ status: 422, json: { code: "idempotency-conflict" } });
      await hub.close();
      expect(await eventsOf(client)).toEqual(["n 1", "n 2"]);
    });

    test("authorizes by publisher and audience, with the framework's request", async () => {
      const { hub, get, post } = await serve(
        (request, audience) => request.headers.authorization === "Bearer t" && audience.kind === "topics",
      );
      const client = await joined(get("/events?topic=a"));
      const topics = { topics: ["a"], events: [{ event: "n", data: 1 }] };
      const token = { Authorization: "Bearer t" };
      expect((await post("/publish", topics)).status).toBe(403);
      expect((await post("/publish", { events: topics.events }, token)).status).toBe(403);
      expect((await post("/publish", topics, token)).status).toBe(200);
      await hub.close();
      expect(await eventsOf(client)).toEqual(["n 1"]);
    });

    test("answers a refusal with its headers, as a problem", async () => {
      const { post, errors } = await serve(async () => {
        throw refuse(401, { headers: { "WWW-Authenticate": "Bearer" } });
      });
      const { status, headers, json } = await post("/publish", { events: [{ data: 1 }] });
      expect(status).toBe(401);
      expect(headers).toMatchObject({ "www-authenticate": "Bearer", "x-request-id": "7" });
      expect(headers["content-type"]).toMatch(/^application\/problem\+json/);
      expect(json).toMatchObject({ title: "Unauthorized", status: 401 });
      expect(errors).toEqual([]);
    });

    test("leaves what `authorize` throws to the framework, and tells the client nothing of it", async () => {
      const { get, nextError } = await serve(() => {
        throw new Error("the database is down");
      });
      const { status, body } = await get("/publish", {
        method: "POST",
        headers: jsonType,
        body: JSON.stringify({ events: [{ data: 1 }] }),
      });
      expect(status).toBe(500);
      expect(await body.all()).not.toContain("database");
      expect((await nextError()).message).toBe("the database is down");
    });

    test.each<[string, unknown, number]>([
      ["no object", [], 400],
      ["no events", { topics: ["a"] }, 400],
      ["a reserved name", { events: [{ event: "sse:live", data: 1 }] }, 422],
      ["more bytes than it takes", { events: [{ data: "x".repeat(maxBodyBytes) }] }, 413],
    ])("answers %s with a problem, and keeps what middleware has set", async (_, body, wanted) => {
      const { post, errors, hub } = await serve();
      const position = hub.position();
      const { status, headers, json } = await post("/publish", body);
      expect(status).toBe(wanted);
      expect(headers["content-type"]).toMatch(/^application\/problem\+json/);
      expect(headers).toMatchObject({
        "x-request-id": "7",
        "access-control-allow-origin": "https://example.org",
      });
      expect(json).toMatchObject({ type: "about:blank", status: wanted, detail: expect.any(String) });
      expect(hub.position()).toBe(position);
      expect(errors).toEqual([]);
    });

    const methods = ["GET", "HEAD", "PUT", ...(subject.answersOptions ? [] : ["OPTIONS"])];
    test.each(methods)("answers %s with 405 and what is allowed", async (method) => {
      const { get } = await serve();
      const { status, headers, body } = await get("/publish", { method });
      expect(status).toBe(405);
      expect(headers["allow"]).toBe("POST");
      const text = await body.all();
      if (method === "HEAD") expect(text).toBe("");
      else expect(JSON.parse(text)).toMatchObject({ status: 405, code: "method-not-allowed" });
    });
  });

  describe("subscriptionEndpoint", () => {
    test("lets a page change its topics, by the id that came in sse:live: it receives these and no others", async () => {
      const { hub, get, post } = await serve();
      const ann = await joined(get("/events?topic=a&user=ann"));
      const other = await joined(get("/events?topic=a&user=bob"));
      const say = (data: number) => hub.publish(["a", "b"][data % 2]!, { event: "n", data });
      await say(0);
      await say(1);
      const change = { connection: connectionOf(ann), subscribe: ["b"], unsubscribe: ["a"] };
      const changed = await post("/topics", change, { Authorization: "ann" });
      expect(changed).toMatchObject({ status: 200, json: { topics: ["b"] } });
      await say(2);
      await say(3);
      await hub.close();
      expect(await eventsOf(ann)).toEqual(["n 0", "n 3"]);
      expect(await eventsOf(other)).toEqual(["n 0", "n 2"]);
    });

    test.each<[string, (id: string) => object, string, number]>([
      ["another one's connection", (connection) => ({ connection, subscribe: ["b"] }), "bob", 403],
      [
        "a topic that is not for everybody",
        (connection) => ({ connection, subscribe: ["secret"] }),
        "ann",
        403,
      ],
      ["a connection that there is not", () => ({ connection: "x", subscribe: ["b"] }), "ann", 404],
      ["a topic that is none", (connection) => ({ connection, subscribe: [""] }), "ann", 400],
    ])("refuses %s, and changes nothing", async (_, bodyFor, authorization, wanted) => {
      const { hub, get, post } = await serve();
      const ann = await joined(get("/events?topic=a&user=ann"));
      const { status, headers } = await post("/topics", bodyFor(connectionOf(ann)), {
        Authorization: authorization,
      });
      expect(status).toBe(wanted);
      expect(headers["content-type"]).toMatch(/^application\/problem\+json/);
      expect([...(hub.connection(connectionOf(ann))?.topics ?? [])]).toEqual(["a"]);
    });

    test("knows no connection that has ended", async () => {
      const { hub, get, post } = await serve();
      const ann = await joined(get("/events?user=ann"));
      hub.disconnect({ user: "ann" });
      await ann.end;
      const change = { connection: connectionOf(ann), subscribe: ["b"] };
      expect((await post("/topics", change, { Authorization: "ann" })).status).toBe(404);
    });
  });

  // A parser in front answers all this in its own way.
  describe.skipIf(subject.parsesBodies)("a body that the endpoint reads itself", () => {
    const events = JSON.stringify({ events: [{ data: 1 }] });
    const long = JSON.stringify({ events: [{ data: "x".repeat(3_000_000) }] });

    test.each<[string, RequestInit, number, object]>([
      [
        "of another type",
        { headers: { "Content-Type": "text/plain" }, body: events },
        415,
        { "accept-post": "application/json" },
      ],
      [
        "without a type",
        { body: events, headers: { "Content-Length": events.length } },
        415,
        { "accept-post": "application/json" },
      ],
      [
        "that is compressed",
        { headers: { ...jsonType, "Content-Encoding": "gzip" }, body: gzipSync(events) },
        415,
        { "accept-encoding": "identity" },
      ],
      ["that is no JSON", { headers: jsonType, body: "{" }, 400, {}],
      ["that is empty", { headers: { ...jsonType, "Content-Length": 0 }, body: "" }, 400, {}],
      [
        "that is no UTF-8",
        { headers: jsonType, body: Buffer.from(events.replace("1", '"\xff"'), "latin1") },
        400,
        {},
      ],
      [
        "that announces too much",
        { headers: { ...jsonType, "Content-Length": long.length }, body: long },
        413,
        {},
      ],
      ["that becomes too much", { headers: { ...jsonType, ...unannounced(subject) }, body: long }, 413, {}],
    ])("%s is answered with a problem", async (_, init, wanted, expected) => {
      const { get, hub, errors } = await serve();
      const position = hub.position();
      const { status, headers, json } = await answerOf(await get("/publish", { method: "POST", ...init }));
      expect(status).toBe(wanted);
      expect(headers["content-type"]).toMatch(/^application\/problem\+json/);
      expect(headers).toMatchObject(expected);
      expect(json).toMatchObject({ status: wanted });
      expect(hub.position()).toBe(position);
      expect(errors).toEqual([]);
    });

    test("a client that leaves in the middle of it publishes nothing, and is no error of the application", async () => {
      let asked = 0;
      const { attempt, post, errors, hub } = await serve(() => {
        asked++;
        return true;
      });
      const position = hub.position();
      const { response, leave } = attempt("/publish", {
        method: "POST",
        headers: { ...jsonType, "Content-Length": events.length + 1 },
        body: events,
      });
      await settle(50);
      leave();
      await expect(response).rejects.toThrow();
      await settle(50);
      expect(hub.position()).toBe(position);
      expect((await post("/publish", JSON.parse(events))).status).toBe(200);
      expect(asked).toBe(1);
      expect(errors).toEqual([]);
    });
  });

  describe.skipIf(subject.parsesBodies || subject.protocol === "http2")("a body over HTTP/1", () => {
    const head = ["POST /publish HTTP/1.1", "Host: localhost", "Content-Type: application/json"];
    const events = Buffer.from(JSON.stringify({ events: [{ event: "n", data: "süß 😀" }] }));

    test("may come byte by byte", async () => {
      const { connect, get, hub } = await serve();
      const client = await joined(get("/events"));
      const { send, socket, body } = await connect();
      send(...head, `Content-Length: ${events.length}`);
      for (const byte of events) {
        socket.write(Buffer.of(byte));
        await settle(1);
      }
      expect(await body.until('{"ids"')).toMatch(/^HTTP\/1\.1 200 /);
      await hub.close();
      expect(await eventsOf(client)).toEqual(["n süß 😀"]);
    });

    test.for([
      ["announced", ["Content-Length: 5000"], Buffer.alloc(4999, " ")],
      ["sent in chunks", ["Transfer-Encoding: chunked"], Buffer.from(`1388\r\n${" ".repeat(4999)}`)],
    ] as const)(
      "too much, %s, is refused before all of it is there, and the connection serves on",
      async ([, headers, most], context) => {
        requireAbility("longBody", context);
        const { connect } = await serve();
        const { send, socket, body } = await connect();
        send(...head, ...headers);
        socket.write(most);
        await body.until('"code":"too-large"');
        expect(body.text).toMatch(/^HTTP\/1\.1 413 /);
        socket.write(headers[0] === "Transfer-Encoding: chunked" ? " \r\n0\r\n\r\n" : " ");
        send(...head, `Content-Length: ${events.length}`);
        socket.write(events);
        await body.until('{"ids"');
        expect(body.text.match(/HTTP\/1\.1 \d+/g)).toEqual(["HTTP/1.1 413", "HTTP/1.1 200"]);
      },
    );

    test.each(["destroy", "resetAndDestroy"] as const)(
      "that is cut short (%s) is no error of the application",
      async (cut) => {
        const { connect, post, errors } = await serve();
        const { send, socket } = await connect();
        send(...head, `Content-Length: ${events.length}`);
        socket.write(events.subarray(0, 10));
        await settle(50);
        const closed = once(socket, "close");
        socket[cut]();
        await closed;
        await settle(50);
        expect((await post("/publish", JSON.parse(events.toString()))).status).toBe(200);
        expect(errors).toEqual([]);
      },
    );
  });
}

async function answerOf({ status, headers, body }: ClientResponse): Promise<Json> {
  return { status, headers, json: JSON.parse(await body.all()) };
}

/** Over HTTP/1 Node announces the length of a body that is passed whole. */
function unannounced({ protocol }: AdapterSubject): Record<string, string> {
  return protocol === "http1" ? { "Transfer-Encoding": "chunked" } : {};
}
