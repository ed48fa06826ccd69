import { once } from "node:events";
import { connect, createServer } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { CuttableLink, Engine, isInstalled, natsServer, natsServers, redisServer } from "../src/index.js";

const release: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const free of release.splice(0).reverse()) await free();
});

async function started(options: Parameters<typeof Engine.start>[0]): Promise<Engine> {
  const engine = await Engine.start(options);
  release.push(() => engine.dispose());
  return engine;
}

/** Sends a line and returns the first bytes of the reply. */
async function ask(port: number, line: string): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  socket.write(`${line}\r\n`);
  const [answer] = await once(socket, "data");
  socket.destroy();
  return String(answer);
}

describe.runIf(isInstalled("redis-server"))("a Redis", () => {
  test("without persistence forgets when it is killed, on the same port", async () => {
    const redis = await started(redisServer());
    expect(await ask(redis.port, "SET a 1")).toBe("+OK\r\n");
    await redis.kill();
    await redis.start();
    expect(await ask(redis.port, "GET a")).toBe("$-1\r\n");
  });

  test("with an append-only file keeps every write when it is killed", async () => {
    const redis = await started(redisServer({ persistence: "appendonly" }));
    await ask(redis.port, "SET a 1");
    await redis.kill();
    await redis.start();
    expect(await ask(redis.port, "GET a")).toBe("$1\r\n1\r\n");
  });

  test("goes back to its snapshot when it is killed", async () => {
    const redis = await started(redisServer({ persistence: "snapshot" }));
    await ask(redis.port, "SET a 1");
    await ask(redis.port, "SAVE");
    await ask(redis.port, "SET a 2");
    await redis.kill();
    await redis.start();
    expect(await ask(redis.port, "GET a")).toBe("$1\r\n1\r\n");
  });
});

describe.each(natsServers)("a NATS by $program", (server) => {
  test.runIf(isInstalled(server.program))("offers JetStream, also after it was killed", async () => {
    const nats = await started(server);
    await nats.kill();
    await nats.start();
    expect(await ask(nats.port, "PING")).toContain('"jetstream":true');
  });
});

test.runIf(isInstalled("nats-server-2.10"))("a NATS that is to be a 2.10 is one", async () => {
  const nats = await started(natsServer({ version: "2.10" }));
  expect(await ask(nats.port, "PING")).toContain('"version":"2.10.');
});

describe("a link", () => {
  async function echo(): Promise<CuttableLink> {
    const server = createServer((socket) => {
      socket.on("error", () => {});
      socket.pipe(socket);
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const link = await CuttableLink.to((server.address() as { port: number }).port);
    release.push(
      () => new Promise((resolve) => server.close(resolve)),
      () => link.close(),
    );
    return link;
  }

  /** Returns what is echoed of a text, until the connection ends. */
  async function through(link: CuttableLink, text: string): Promise<string> {
    const socket = connect(link.port, "127.0.0.1");
    let received = "";
    socket.on("error", () => {});
    socket.on("data", (bytes) => {
      received += bytes;
      if (received.length === text.length) socket.destroy();
    });
    socket.write(text);
    // `once` would reject for the error that this test expects.
    await new Promise((resolve) => socket.on("close", resolve));
    return received;
  }

  test("passes what is sent, both ways", async () => {
    expect(await through(await echo(), "a text")).toBe("a text");
  });

  test("is cut after as many bytes as were said, and passes what comes later", async () => {
    const link = await echo();
    link.cutAfter(3);
    expect(await through(link, "a text")).toBe("");
    expect(await through(link, "a text")).toBe("a text");
  });

  test("refuses everything while it is severed", async () => {
    const link = await echo();
    link.sever();
    expect(await through(link, "a text")).toBe("");
    link.mend();
    expect(await through(link, "a text")).toBe("a text");
  });
});
