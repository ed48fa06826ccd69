import { refuse } from "@sse/core";
import { describe, expect, it, vi } from "vitest";
import {
  type EndpointRequest,
  preparePublishEndpoint,
  prepareSubscriptionEndpoint,
} from "../src/adapter/index.js";
import { createHub, type HubOptions, type PublishEndpointOptions } from "../src/index.js";
import { ManualClock } from "./support/clock.js";
import { openStream } from "./support/sink.js";

function request(
  body: unknown,
  { method = "POST", ...headers }: Record<string, string> = {},
): EndpointRequest {
  const all: Record<string, string> = { "content-type": "application/json; charset=utf-8", ...headers };
  return {
    method,
    header: (name) => all[name],
    body: async () => (typeof body === "string" || body instanceof Uint8Array ? body : JSON.stringify(body)),
  };
}

function setUp(options: Partial<PublishEndpointOptions<string>> = {}, hubOptions: HubOptions = {}) {
  const clock = new ManualClock();
  const hub = createHub({ clock, ...hubOptions });
  hub.on("error", () => {});
  const publish = vi.fn();
  hub.on("publish", publish);
  const authorize = vi.fn((_request: string, _audience: unknown): boolean | { publisher: string } => true);
  const endpoint = preparePublishEndpoint<string>(hub, { authorize, ...options });
  const post = async (body: unknown, headers?: Record<string, string>) => {
    const { status, headers: answered, body: text } = await endpoint(request(body, headers), "the request");
    return {
      status,
      headers: answered,
      json: JSON.parse(text) as Record<string, unknown> & { ids: string[] },
    };
  };
  return { clock, hub, publish, authorize, post };
}

describe("the publish endpoint", () => {
  it("refuses more topics or users than an event may have, which is no error of the hub", async () => {
    const { hub, post, publish } = setUp({}, { limits: { topicsPerPublish: 2 } });
    const error = vi.fn();
    hub.on("error", error);
    for (const field of ["topics", "users"]) {
      const { status, json } = await post({ [field]: ["a", "b", "c"], events: [{ data: 1 }] });
      expect([status, json["code"]]).toEqual([422, "invalid-option"]);
    }
    expect([error.mock.calls, publish.mock.calls, hub.stats().failed]).toEqual([[], [], 0]);
  });

  it.each([
    [{}, { kind: "everyone" }],
    [{ topics: ["a", "b", "a"] }, { kind: "topics", topics: ["a", "b"] }],
    [{ users: ["ann"] }, { kind: "users", users: ["ann"] }],
  ])("publishes to %j and answers the ids", async (target, audience) => {
    const { post, publish, authorize } = setUp();
    const { status, headers, json } = await post({
      ...target,
      events: [
        { event: "x", data: { a: 1 } },
        { data: "text", ephemeral: true },
      ],
    });
    expect(status).toBe(200);
    expect(headers["content-type"]).toBe("application/json");
    expect(json.ids).toEqual([expect.stringMatching(/-1$/), ""]);
    expect(authorize).toHaveBeenCalledWith("the request", audience);
    expect(publish.mock.calls.map(([call]) => call)).toEqual([
      { id: json.ids[0], audience, event: "x", data: '{"a":1}' },
      { id: "", audience, event: "message", data: "text" },
    ]);
  });

  it.each([
    "application/json, application/json",
    'Application/JSON; a="b, c" ,application/json;charset=utf-8',
  ])("reads a body of the type %s, as a proxy may send it", async (type) => {
    const { post } = setUp();
    const { status } = await post({ events: [{ data: 1 }] }, { "content-type": type });
    expect(status).toBe(200);
  });

  it.each<[string, unknown, Record<string, string>, number]>([
    ["another method", {}, { method: "GET" }, 405],
    ["another type", {}, { "content-type": "text/plain" }, 415],
    [
      "a type that a page of another site may send",
      { events: [{ data: 1 }] },
      { "content-type": "text/plain; a=, application/json" },
      415,
    ],
    [
      "one of several types",
      { events: [{ data: 1 }] },
      { "content-type": "application/json, text/plain" },
      415,
    ],
    ["no JSON", "{", {}, 400],
    ["no UTF-8", Uint8Array.of(0x22, 0xff, 0x22), {}, 400],
    ["compressed bytes", Uint8Array.of(0x1f, 0x8b), { "content-encoding": "gzip" }, 415],
    ["no object", [], {}, 400],
    ["no events", {}, {}, 400],
    ["an empty list", { events: [] }, {}, 400],
    ["too many events", { events: Array.from({ length: 101 }, () => ({ data: 1 })) }, {}, 400],
    ["topics and users", { topics: ["a"], users: ["b"], events: [{ data: 1 }] }, {}, 400],
    ["an empty audience, which is no broadcast", { topics: [], events: [{ data: 1 }] }, {}, 400],
    [
      "more names than a request may have",
      { topics: Array(10_001).fill("a"), events: [{ data: 1 }] },
      {},
      400,
    ],
    ["a bad topic", { topics: [1], events: [{ data: 1 }] }, {}, 400],
    ["an event that is none", { events: [1] }, {}, 400],
    ["an event without data", { events: [{ event: "x" }] }, {}, 400],
    ["an id", { events: [{ data: 1, id: "7" }] }, {}, 400],
    ["a bad flag", { events: [{ data: 1, ephemeral: 1 }] }, {}, 400],
    ["a reserved name", { events: [{ event: "sse:live", data: 1 }] }, {}, 422],
    ["a name with a line end", { events: [{ event: "a\nb", data: 1 }] }, {}, 422],
    ["an event that is too large", { events: [{ data: "x".repeat(300_000) }] }, {}, 422],
    ["a conflate key that is empty", { events: [{ data: 1 }, { data: 1, conflateKey: "" }] }, {}, 422],
    [
      "a conflate key that makes an event too large",
      { events: [{ data: 1 }, { data: 1, conflateKey: "x".repeat(300_000) }] },
      {},
      422,
    ],
    [
      "an ephemeral event with a key",
      { events: [{ data: 1, ephemeral: true }] },
      { "idempotency-key": "k" },
      422,
    ],
  ])("refuses %s with a problem, and publishes nothing", async (_, body, headers, status) => {
    const { post, publish } = setUp();
    const answer = await post(body, headers);
    expect(answer.status).toBe(status);
    expect(answer.headers["content-type"]).toBe("application/problem+json");
    expect(answer.json).toMatchObject({
      type: "about:blank",
      status,
      code: expect.any(String),
      detail: expect.any(String),
    });
    expect(publish).not.toHaveBeenCalled();
  });

  it.each<[object, string]>([
    [{ topic: "secret" }, '"topic": did you mean "topics"?'],
    [{ user: "ann" }, '"user": did you mean "users"?'],
    [{ event: "x" }, '"event": did you mean "events"?'],
    [{ audience: "ann" }, '"audience": it may have topics, users, events'],
  ])("does not broadcast what names its audience wrongly: %j", async (misspelled, detail) => {
    const { post, publish, authorize } = setUp();
    const { status, json } = await post({ ...misspelled, events: [{ data: 1 }] });
    expect([status, json["code"]]).toEqual([400, "malformed"]);
    expect(json["detail"]).toContain(`the body has an unknown key ${detail}`);
    expect(publish).not.toHaveBeenCalled();
    expect(authorize).not.toHaveBeenCalled();
  });

  it("names the nearest known key of an event", async () => {
    const { post } = setUp();
    const { json } = await post({ events: [{ data: 1 }, { data: 1, emphemeral: true }] });
    expect(json["detail"]).toContain('events[1] has an unknown key "emphemeral": did you mean "ephemeral"?');
  });

  it("publishes nothing of a batch of which one event is bad", async () => {
    const { post, publish } = setUp();
    const { status } = await post({ events: [{ data: 1 }, { event: "sse:x", data: 2 }] });
    expect(status).toBe(422);
    expect(publish).not.toHaveBeenCalled();
  });

  it("refuses everyone who is not authorized, and cannot be made without `authorize`", async () => {
    for (const answer of [false, undefined, null, "yes", 1, {}, { publisher: 7 }]) {
      const { post } = setUp({ authorize: () => answer as boolean });
      expect((await post({ events: [{ data: 1 }] })).status).toBe(403);
    }
    expect(() => preparePublishEndpoint(createHub(), {} as never)).toThrow(
      expect.objectContaining({ code: "invalid-option" }),
    );
  });

  it("answers a refusal that `authorize` returns as one that it throws", async () => {
    const { post, publish } = setUp({ authorize: async () => refuse(401) as never });
    expect((await post({ events: [{ data: 1 }] })).status).toBe(401);
    expect(publish).not.toHaveBeenCalled();
  });

  it("cannot be made without a hub", () => {
    type Prepare = (hub: unknown, options: unknown) => unknown;
    for (const [prepare, name] of [
      [preparePublishEndpoint as Prepare, "publishEndpoint"],
      [prepareSubscriptionEndpoint as Prepare, "subscriptionEndpoint"],
    ] as const) {
      for (const hub of [undefined, null, createHub, {}]) {
        const create = () => prepare(hub, { authorize: () => true });
        expect(create).toThrow(expect.objectContaining({ code: "invalid-option", field: "hub" }));
        expect(create).toThrow(`create the handler, ${name}(`);
      }
      expect(() => prepare(createHub(), undefined)).toThrow(
        expect.objectContaining({ code: "invalid-option", field: "authorize" }),
      );
    }
  });

  it.each<[string, Record<string, string>, number]>([
    ["another method", { method: "PUT" }, 405],
    ["another type", { "content-type": "text/plain" }, 415],
    ["more bytes than it may have", { "content-length": "1000" }, 413],
    ["an endless key", { "idempotency-key": "k".repeat(257) }, 400],
  ])(
    "refuses %s by the headers alone: neither is the body read nor `authorize` asked",
    async (_, headers, status) => {
      const authorize = vi.fn(() => true);
      const body = vi.fn(async () => "{}");
      const endpoint = preparePublishEndpoint<string>(createHub(), { authorize, maxBodyBytes: 999 });
      expect((await endpoint({ ...request({}, headers), body }, "")).status).toBe(status);
      expect([body, authorize].map(({ mock }) => mock.calls)).toEqual([[], []]);
    },
  );

  it("refuses a publisher that is no name, instead of keeping it with every key", async () => {
    const authorize = () => ({ publisher: "x".repeat(257) });
    const { post } = setUp({ authorize });
    await expect(post({ events: [{ data: 1 }] })).rejects.toMatchObject({ code: "handler-failed" });
  });

  it("refuses an option that it does not have, and names the nearest one", () => {
    const options = { authorize: () => true, maxEvent: 5 };
    expect(() => preparePublishEndpoint(createHub(), options)).toThrow('did you mean "maxEvents"?');
    expect(() => prepareSubscriptionEndpoint(createHub(), options as { authorize: () => boolean })).toThrow(
      expect.objectContaining({ code: "invalid-option", field: "maxEvent" }),
    );
  });

  it("answers errors of another copy of the package as its own", async () => {
    const foreign = (code: string, details = {}) =>
      Object.assign(new Error("from another copy"), { name: "SseError", code, ...details });
    for (const [error, status] of [
      [foreign("too-large"), 422],
      [foreign("overloaded"), 503],
      [foreign("refused", { status: 401 }), 401],
    ] as const) {
      const { post } = setUp({
        authorize: () => {
          throw error;
        },
      });
      expect((await post({ events: [{ data: 1 }] })).status).toBe(status);
    }
  });

  it("answers what `authorize` refuses with, and makes a problem of a bare error status", async () => {
    const refusing = (status: number, details: Parameters<typeof refuse>[1]) =>
      preparePublishEndpoint<string>(createHub(), {
        authorize: () => {
          throw refuse(status, details);
        },
      })(request({ events: [{ data: 1 }] }), "");
    const bare = await refusing(401, { headers: { "WWW-Authenticate": "Bearer" } });
    expect(bare).toMatchObject({
      status: 401,
      headers: { "www-authenticate": "Bearer", "content-type": "application/problem+json" },
    });
    expect(JSON.parse(bare.body)).toMatchObject({ title: "Unauthorized", status: 401, code: "refused" });
    expect(await refusing(402, { body: "Pay first.\n" })).toEqual({
      status: 402,
      headers: { "content-type": "text/plain; charset=utf-8" },
      body: "Pay first.\n",
    });
    expect(await refusing(204, {})).toEqual({ status: 204, headers: {}, body: "" });
  });

  it("leaves other errors of `authorize` to the framework", async () => {
    const endpoint = preparePublishEndpoint<string>(createHub(), {
      authorize: () => {
        throw new Error("the database is down");
      },
    });
    await expect(endpoint(request({ events: [{ data: 1 }] }), "")).rejects.toThrow("the database is down");
  });

  it("names the path of what does not match a schema", async () => {
    const schema = {
      "~standard": {
        version: 1 as const,
        vendor: "test",
        validate: () => ({ issues: [{ message: "no", path: ["a"] }] }),
      },
    };
    const { post } = setUp({}, { events: { x: schema } } as never);
    const { status, json } = await post({ events: [{ event: "x", data: {} }] });
    expect(status).toBe(422);
    expect(json).toMatchObject({ code: "invalid-event", errors: [{ path: "a", message: "no" }] });
  });

  it("answers a repeated key with the first ids and publishes nothing more", async () => {
    const { post, hub } = setUp();
    const batch = { topics: ["t"], events: [{ data: 1 }, { data: 2 }] };
    const first = await post(batch, { "idempotency-key": "k" });
    const position = hub.position();
    const second = await post(batch, { "idempotency-key": "k" });
    expect(second.json.ids).toEqual(first.json.ids);
    expect(hub.position()).toBe(position);
  });

  it("completes a batch that was cut short when it is repeated with its key", async () => {
    const { post } = setUp();
    const first = await post({ events: [{ data: 1 }] }, { "idempotency-key": "k" });
    const whole = await post({ events: [{ data: 1 }, { data: 2 }] }, { "idempotency-key": "k" });
    expect(whole.json.ids).toEqual([first.json.ids[0], expect.stringMatching(/-2$/)]);
  });

  it("refuses a key that is used again for another payload, with 422", async () => {
    const { post } = setUp();
    await post({ events: [{ data: 1 }] }, { "idempotency-key": "k" });
    const { status, json } = await post({ events: [{ data: 2 }] }, { "idempotency-key": "k" });
    expect(status).toBe(422);
    expect(json.code).toBe("idempotency-conflict");
  });

  it("keeps the keys of different publishers apart, whatever their names", async () => {
    const { post, authorize } = setUp();
    authorize.mockReturnValueOnce({ publisher: "a/k" }).mockReturnValueOnce({ publisher: "a" });
    const first = await post({ events: [{ data: 1 }] }, { "idempotency-key": "k" });
    const second = await post({ events: [{ data: 1 }] }, { "idempotency-key": "k/k" });
    expect(second.json.ids).not.toEqual(first.json.ids);
  });

  it("answers 503 while the hub is closed", async () => {
    const { post, hub } = setUp();
    await hub.close();
    const { status, headers } = await post({ events: [{ data: 1 }] });
    expect(status).toBe(503);
    expect(headers["retry-after"]).toBe("1");
  });
});

describe("the subscription endpoint", () => {
  function setUpConnection(authorize: () => boolean | Promise<boolean> = () => true, maxTopics?: number) {
    const clock = new ManualClock();
    const hub = createHub({ clock });
    const { stream } = openStream(clock);
    const connection = hub.connect(stream, { topics: ["a"] });
    const calls = vi.fn(authorize);
    const endpoint = prepareSubscriptionEndpoint<string>(hub, {
      authorize: calls,
      ...(maxTopics !== undefined && { maxTopics }),
    });
    const post = async (body: unknown) => {
      const { status, body: text } = await endpoint(request(body), "the request");
      return { status, json: JSON.parse(text) as Record<string, unknown> };
    };
    return { connection, calls, post };
  }

  it("changes the topics of the connection that is named", async () => {
    const { connection, calls, post } = setUpConnection();
    const { status, json } = await post({ connection: connection.id, subscribe: ["b"], unsubscribe: ["a"] });
    expect({ status, json }).toEqual({ status: 200, json: { topics: ["b"] } });
    expect([...connection.topics]).toEqual(["b"]);
    expect(calls).toHaveBeenCalledWith("the request", { connection, subscribe: ["b"], unsubscribe: ["a"] });
  });

  it.each<[string, (id: string) => unknown, number]>([
    ["an unknown connection", () => ({ connection: "x", subscribe: ["b"] }), 404],
    ["no connection", () => ({ subscribe: ["b"] }), 400],
    ["a bad topic", (connection) => ({ connection, subscribe: [""] }), 400],
    ["an unknown key", (connection) => ({ connection, subscribe: ["b"], unsubcribe: ["a"] }), 400],
    ["no object", () => null, 400],
    ["too many topics", (connection) => ({ connection, subscribe: ["b", "c"] }), 422],
  ])("refuses %s", async (_, body, status) => {
    const { connection, post } = setUpConnection(() => true, 2);
    expect((await post(body(connection.id))).status).toBe(status);
    expect([...connection.topics]).toEqual(["a"]);
  });

  it("counts the topics as they will be: at the limit one may be exchanged for another", async () => {
    const { connection, post } = setUpConnection(() => true, 1);
    const { status } = await post({ connection: connection.id, subscribe: ["b"], unsubscribe: ["a"] });
    expect(status).toBe(200);
    expect([...connection.topics]).toEqual(["b"]);
  });

  it("knows no connection that ended while it asked for permission", async () => {
    const { connection, post } = setUpConnection(async () => {
      connection.close();
      return true;
    });
    expect((await post({ connection: connection.id, subscribe: ["b"] })).status).toBe(404);
  });

  it("answers a refusal that `authorize` returns as one that it throws", async () => {
    const { connection, post } = setUpConnection(() => refuse(401) as never);
    expect((await post({ connection: connection.id, subscribe: ["b"] })).status).toBe(401);
    expect([...connection.topics]).toEqual(["a"]);
  });

  it("changes nothing for a client that is not authorized", async () => {
    const { connection, post } = setUpConnection(async () => false);
    expect((await post({ connection: connection.id, subscribe: ["b"] })).status).toBe(403);
    expect([...connection.topics]).toEqual(["a"]);
  });
});
