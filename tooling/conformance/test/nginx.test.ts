import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { get, type IncomingMessage } from "node:http";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { EventStream } from "@sse/core";
import { createHub } from "@sse/hub";
import { describe, expect, onTestFinished, test } from "vitest";
import { expressSubject } from "../src/adapters/express.js";
import { fastifySubject } from "../src/adapters/fastify.js";
import { koaSubject } from "../src/adapters/koa.js";
import { nodeHttp1 } from "../src/adapters/node.js";
import type { AdapterSubject, Application } from "../src/adapters/subject.js";
import { Body } from "../src/client.js";

// Debian keeps it where only root looks.
const env = { ...process.env, PATH: `${process.env["PATH"]}:/usr/sbin` };
const hasNginx = spawnSync("nginx", ["-v"], { env }).status === 0;

const settings = {
  "with its defaults, HTTP/1.0 to the application": "",
  "with HTTP/1.1 and connections kept to the application":
    'proxy_http_version 1.1; proxy_set_header Connection "";',
  "with gzip": "gzip on; gzip_proxied any;",
};

/** Starts an application behind nginx, which listens on a socket file. */
async function start(
  subject: AdapterSubject,
  routes: Application["routes"],
  location: string,
): Promise<(headers?: Record<string, string>) => Promise<{ head: IncomingMessage; body: Body }>> {
  const folder = await mkdtemp(join(tmpdir(), "sse-nginx-"));
  const running = await subject.start({ routes, headers: {}, onError: () => {} });
  const socketPath = join(folder, "nginx.sock");
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(
    (kind) => `${kind}_temp_path ${folder};`,
  );
  await writeFile(
    join(folder, "nginx.conf"),
    `daemon off; master_process off; pid ${folder}/pid; error_log ${folder}/error.log; events {}
    http {
      access_log off; ${temporary.join(" ")}
      upstream application { server 127.0.0.1:${running.port}; keepalive 4; }
      server { listen unix:${socketPath}; location / { proxy_pass http://application; ${location} } }
    }`,
  );
  const nginx = spawn("nginx", ["-p", folder, "-e", `${folder}/error.log`, "-c", "nginx.conf"], {
    env,
    stdio: "ignore",
  });
  onTestFinished(async () => {
    const exited = once(nginx, "exit");
    nginx.kill("SIGTERM");
    await exited;
    await running.stop();
    await rm(folder, { recursive: true });
  });
  await accepting(socketPath);
  return async (headers = {}) => {
    const outgoing = get({
      socketPath,
      path: "/",
      headers: { "Accept-Encoding": "gzip", ...headers },
      agent: false,
    });
    onTestFinished(() => void outgoing.destroy());
    const [head] = await once(outgoing, "response");
    return { head, body: new Body(head) };
  };
}

/** The socket file is there a moment before nginx listens on it. */
async function accepting(path: string): Promise<void> {
  for (;;) {
    const socket = connect(path);
    const accepted = await Promise.race([
      once(socket, "connect").then(() => true),
      once(socket, "error").then(() => false),
    ]).catch(() => false);
    socket.destroy();
    if (accepted) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

describe.skipIf(!hasNginx).each(Object.entries(settings))("behind nginx %s,", (_how, location) => {
  test.each(
    [nodeHttp1, expressSubject(), koaSubject(), fastifySubject()].map(
      (subject) => [subject.name, subject] as const,
    ),
  )("%s delivers each event at once, and learns that the client has left", async (_name, subject) => {
    let stream: EventStream | undefined;
    const opened = (one: EventStream): void => {
      stream = one;
    };
    const ask = await start(subject, { "/": { stream: opened } }, location);
    const { head, body } = await ask();
    expect(head.headers["content-type"]).toBe("text/event-stream");
    expect(head.headers["content-encoding"]).toBeUndefined();
    for (const data of ["1", "2", "3"]) {
      await stream?.send({ data });
      await body.until(`data: ${data}\n\n`);
    }
    head.destroy();
    await stream?.done;
  });

  test("a client resumes from its last event id", async () => {
    const hub = createHub();
    const seen = await hub.broadcast({ data: "seen" });
    await hub.broadcast({ data: "missed" });
    const ask = await start(nodeHttp1, { "/": { hub } }, location);
    const { body } = await ask({ "Last-Event-ID": seen });
    const text = await body.until("event: sse:live");
    expect(text.match(/^data: \w+$/gm)).toEqual(["data: missed"]);
    await hub.close();
    expect(await body.end).toBe("ended");
  });
});
