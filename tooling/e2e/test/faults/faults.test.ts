import { describe, expect, onTestFinished, test } from "vitest";
import { Follower } from "./support/follower.js";
import { payloads, publishAll, publishUntil, randomFrom, serveHub, until } from "./support/hub-server.js";
import { Link, type LinkFault } from "./support/link.js";
import { type Protocol, protocols } from "./support/protocols.js";

const seed = Number(process.env["SSE_SEED"] ?? Math.floor(Math.random() * 2 ** 31));

function followers(protocol: Protocol, count: number): Follower[] {
  const list = Array.from({ length: count }, () => new Follower(protocol));
  onTestFinished(() => {
    for (const follower of list) follower.stop();
  });
  return list;
}

async function linkTo(port: number): Promise<Link> {
  const link = await Link.to(port);
  onTestFinished(() => link.close());
  return link;
}

describe.each(protocols.map((protocol) => [protocol.name, protocol] as const))("over %s", (_, protocol) => {
  test(`clients that are cut off at random bytes get every event once and in order (SSE_SEED=${seed})`, async () => {
    const random = randomFrom(seed);
    const { hub, port } = await serveHub(protocol);
    const clients = followers(protocol, 20);
    for (const client of clients)
      void client.keepFollowing(port, () => 200 + Math.floor(random() ** 3 * 200_000));
    await Promise.all(clients.map((client) => client.live()));

    const sent = payloads(800, () => Math.floor(random() ** 4 * 4_000));
    await publishAll(hub, sent, 7);
    await Promise.all(clients.map((client) => client.has(sent.length)));
    for (const { received, control } of clients) {
      expect(received).toEqual(sent);
      expect(control).not.toContain("sse:gap");
    }
    expect(Math.min(...clients.map(({ connections }) => connections))).toBeGreaterThan(2);

    for (const client of clients) client.stop();
    await until(hub, "disconnect", () => hub.connectionCount() === 0);
    expect(hub.stats()).toMatchObject({ connections: 0, users: 0, topics: 0, lagging: 0 });
  });

  test.each<[string, LinkFault | "never reading"]>([
    ["never reads", "never reading"],
    ["is half-open: gone, and neither side was told", "frozen"],
    ["takes a byte now and then", "one byte at a time"],
  ])(
    "a client that %s is closed at its deadline, and changes nothing for the others",
    async (_what, fault) => {
      const { hub, port, endings } = await serveHub(protocol, { slowReader: { stallTimeout: 400 } });
      const link = await linkTo(port);
      const good = followers(protocol, 4);
      const bad = followers(protocol, 3);
      for (const client of good) void client.follow(port);
      // The link takes whatever it is given, so a client that never reads has to be the server's
      // own.
      const over = bad.map((client) => client.follow(fault === "never reading" ? port : link.port));
      await Promise.all([...good, ...bad].map((client) => client.live()));
      if (fault === "never reading") for (const client of bad) client.pause();
      else link.fault = fault;

      const sent = await publishUntil(hub, () => endings.length >= bad.length);
      await Promise.all(good.map((client) => client.has(sent.length)));
      for (const { received, control } of good) {
        expect(received).toEqual(sent);
        expect(control).toEqual(["sse:live"]);
      }
      expect(endings).toEqual(bad.map(() => "stalled"));
      expect(hub.connectionCount()).toBe(good.length);

      // What they missed is still there for them.
      for (const client of bad) client.leave();
      await Promise.all(over);
      for (const client of bad) void client.keepFollowing(port);
      await Promise.all(bad.map((client) => client.has(sent.length)));
      for (const { received } of bad) expect(received).toEqual(sent);
    },
  );

  test("a process that has stood still for longer than the deadline cuts off no client that reads", async () => {
    const { hub, port, endings } = await serveHub(protocol, { slowReader: { stallTimeout: 400 } });
    const [client] = followers(protocol, 1);
    void client!.follow(port);
    await client!.live();
    client!.pause();
    const sent = await publishUntil(hub, () => hub.stats().lagging > 0);
    client!.resume();
    const end = performance.now() + 1_000;
    while (performance.now() < end);
    await client!.has(sent.length);
    expect(client!.received).toEqual(sent);
    expect(endings).toEqual([]);
  });

  test("with the policy `disconnect` a client that falls behind is told to come back soon, and loses nothing", async () => {
    const { hub, port, endings } = await serveHub(protocol, { slowReader: { policy: "disconnect" } }, 60_000);
    const [client] = followers(protocol, 1);
    const over = client!.follow(port);
    await client!.live();
    client!.pause();
    const sent = await publishUntil(hub, () => endings.length > 0);
    expect(endings).toEqual(["lagging"]);
    client!.resume();
    await over;
    expect(client!.retry).toBe(500);
    expect(client!.received.length).toBeLessThan(sent.length);
    void client!.keepFollowing(port);
    await client!.has(sent.length);
    expect(client!.received).toEqual(sent);
  });

  test("with the policy `conflate` a client that falls behind gets the newest of each key, and nothing twice", async () => {
    const { hub, port } = await serveHub(protocol, { slowReader: { policy: "conflate" } });
    let conflated = 0;
    hub.on("conflated", ({ events }) => {
      conflated += events;
    });
    const [client, other] = followers(protocol, 2);
    void client!.follow(port);
    void other!.follow(port);
    await Promise.all([client!.live(), other!.live()]);
    client!.pause();
    // Behind, and then so far behind that there is something to leave out.
    let behind = 0;
    const sent = await publishUntil(
      hub,
      () => {
        if (hub.stats().lagging > 0) behind += 1;
        return behind > 30;
      },
      (index) => ({ conflateKey: `key ${index % 3}` }),
    );
    await other!.until(() => other!.received.at(-1) === sent.at(-1));
    client!.resume();
    await client!.until(() => client!.received.at(-1) === sent.at(-1));
    const { received } = client!;
    expect(received.slice(-3)).toEqual(sent.slice(-3));
    expect(received).toEqual(sent.filter((data) => new Set(received).has(data)));
    expect(received.length + other!.received.length + conflated).toBe(2 * sent.length);
    expect(received.length).toBeLessThan(sent.length);
  });

  test("clients that all come back at once lose nothing", async () => {
    const { hub, port, cutAll } = await serveHub(protocol);
    const clients = followers(protocol, 100);
    for (const client of clients) void client.keepFollowing(port);
    await Promise.all(clients.map((client) => client.live()));
    const sent = payloads(400, (index) => index);
    for (let quarter = 0; quarter < 4; quarter += 1) {
      const published = publishAll(hub, sent.slice(quarter * 100, (quarter + 1) * 100), 5);
      cutAll();
      await published;
    }
    await Promise.all(clients.map((client) => client.has(sent.length)));
    for (const { received, control } of clients) {
      expect(received).toEqual(sent);
      expect(control).not.toContain("sse:gap");
    }
    await until(hub, "disconnect", () => hub.connectionCount() === clients.length);
  });
});
