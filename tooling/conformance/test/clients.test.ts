import { execFile, spawnSync } from "node:child_process";
import { promisify } from "node:util";
import { refuse } from "@sse/core";
import { createHub } from "@sse/hub";
import { until } from "@sse/testing";
import { EventSource } from "eventsource";
import { describe, expect, onTestFinished, test } from "vitest";
import { expressSubject } from "../src/adapters/express.js";
import { fastifyHttp2, fastifySubject } from "../src/adapters/fastify.js";
import { koaHttp2, koaSubject } from "../src/adapters/koa.js";
import { nodeHttp1, nodeHttp2 } from "../src/adapters/node.js";
import type { AdapterSubject, Application } from "../src/adapters/subject.js";

const run = promisify(execFile);

async function start(subject: AdapterSubject, routes: Application["routes"]): Promise<string> {
  const running = await subject.start({ routes, headers: {}, onError: () => {} });
  onTestFinished(() => running.stop());
  return `127.0.0.1:${running.port}`;
}

describe.each(
  [nodeHttp1, expressSubject(), koaSubject(), fastifySubject()].map(
    (subject) => [subject.name, subject] as const,
  ),
)("the EventSource of npm's eventsource, with %s,", (_name, subject) => {
  function connect(address: string): {
    source: EventSource;
    received: string[];
    errors: (number | undefined)[];
  } {
    const source = new EventSource(`http://${address}/`);
    onTestFinished(() => source.close());
    const received: string[] = [];
    const errors: (number | undefined)[] = [];
    for (const name of ["message", "news"]) {
      source.addEventListener(name, ({ type, data, lastEventId }) => {
        received.push(`${type} ${data} ${lastEventId}`);
      });
    }
    source.addEventListener("error", ({ code }) => errors.push(code));
    return { source, received, errors };
  }

  test("receives what a stream sends", async () => {
    const address = await start(subject, {
      "/": {
        stream: (stream) => {
          void stream.send({ data: "plain" });
          void stream.send({ event: "news", id: "7", data: "two\nlines" });
        },
      },
    });
    const { received } = connect(address);
    await until(() => received.length === 2);
    expect(received).toEqual(["message plain ", "news two\nlines 7"]);
  });

  test("comes back to a hub after it was disconnected, and misses nothing", async () => {
    const hub = createHub({ retry: 1 });
    const address = await start(subject, {
      "/": { hub, subscribe: () => ({ user: "ann", topics: ["news"] }) },
    });
    const { received } = connect(address);
    await until(() => hub.connectionCount() === 1);
    const ids: string[] = [];
    for (let number = 0; number < 6; number++) {
      if (number % 2 === 1) hub.disconnect({ user: "ann" });
      ids.push(await hub.publish("news", { event: "news", data: String(number) }));
      await until(() => received.length > number);
    }
    expect(received).toEqual(ids.map((id, number) => `news ${number} ${id}`));
    await hub.close();
  });

  test.each([204, 401])("stops at a refusal with %i", async (status) => {
    const address = await start(subject, { "/": { stream: () => Promise.reject(refuse(status)) } });
    const { source, errors } = connect(address);
    await until(() => source.readyState === EventSource.CLOSED);
    expect(errors).toEqual([status]);
  });
});

const curl = spawnSync("curl", ["--version"]);
const curlHasHttp2 = curl.status === 0 && curl.stdout.includes("HTTP2");

describe.skipIf(curl.status !== 0)("curl", () => {
  const events = 'data: 1\n\nevent: news\nid: 7\ndata: {"n":2}\n\ndata: Grüße\n\n';
  const routes: Application["routes"] = {
    "/": {
      stream: async (stream) => {
        await stream.send({ data: 1 });
        await stream.send({ event: "news", id: "7", data: { n: 2 } });
        await stream.send({ data: "Grüße" });
      },
    },
  };

  test.each(
    [nodeHttp1, expressSubject(), koaSubject(), fastifySubject()].flatMap((subject) =>
      ["--http1.1", "--http1.0", "--compressed"].map((option) => [option, subject.name, subject] as const),
    ),
  )("%s prints the events of %s", async (option, _name, subject) => {
    const { stdout } = await run("curl", ["-sN", option, `http://${await start(subject, routes)}/`]);
    expect(stdout).toBe(events);
  });

  test
    .skipIf(!curlHasHttp2)
    .each([nodeHttp2, koaHttp2, fastifyHttp2].map((subject) => [subject.name, subject] as const))(
    "--http2-prior-knowledge prints the events of %s",
    async (_name, subject) => {
      const { stdout } = await run("curl", [
        "-sN",
        "--http2-prior-knowledge",
        `http://${await start(subject, routes)}/`,
      ]);
      expect(stdout).toBe(events);
    },
  );
});
