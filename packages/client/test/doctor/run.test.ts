import { spawnSync } from "node:child_process";
import { createServer, type RequestListener } from "node:http";
import { constants, createSecureServer, type Http2ServerResponse } from "node:http2";
import { createServer as createHttpsServer } from "node:https";
import { createHub, doctorEndpoint, hubStream } from "@sse/node";
import { describe, expect, type TestContext, test } from "vitest";
import { run } from "../../src/doctor/run.js";
import { certificate, hasOpenssl } from "../support/certificate.js";
import { listen } from "../support/servers.js";

async function served({ onTestFinished }: TestContext, handler: RequestListener): Promise<string> {
  const server = await listen(createServer(handler));
  onTestFinished(() => server.close());
  return server.url;
}

/** Runs the program, and returns what it printed. */
async function doctor(...args: string[]): Promise<{ code: number; output: string; errors: string }> {
  let output = "";
  let errors = "";
  const code = await run(args, {
    write: (text) => {
      output += text;
    },
    writeError: (text) => {
      errors += text;
    },
  });
  return { code, output, errors };
}

test.concurrent("a clean bill is a text with a line for each subject, and the exit code 0", async (context) => {
  const url = await served(context, doctorEndpoint());
  const { code, output } = await doctor("doctor", url, "--silence", "0.2", "--timeout", "100");
  expect(output).toMatch(/✓ Events +8 events, each as soon as it was sent/);
  expect(output).toMatch(/✓ Resume/);
  expect(output).toMatch(/\nNo problems\.\n$/);
  expect(code).toBe(0);
});

test.concurrent("the report as JSON has the findings and the observations behind them", async (context) => {
  const url = await served(context, doctorEndpoint());
  const { output } = await doctor("doctor", url, "--silence", "0", "--json");
  const { findings, healthy, observations } = JSON.parse(output);
  expect(healthy).toBe(true);
  expect(findings).toContainEqual(expect.objectContaining({ subject: "Events", code: "ok" }));
  expect(observations.first.events).toHaveLength(10);
});

test.concurrent("a page instead of a stream is a problem, and the exit code 1", async (context) => {
  const url = await served(context, (_request, response) =>
    response.setHeader("Content-Type", "text/html").end("<p>"),
  );
  const { code, output } = await doctor("doctor", url);
  expect(output).toMatch(/✗ Response +the content type is text\/html/);
  expect(code).toBe(1);
});

test("a server that is not there is a problem, and the exit code 1", async () => {
  const server = await listen(createServer());
  await server.close();
  const { code, output } = await doctor("doctor", server.url);
  expect(output).toMatch(/✗ Response +no connection: .*ECONNREFUSED/);
  expect(code).toBe(1);
});

test.concurrent("warnings fail a run only if it is strict", async (context) => {
  const url = await served(context, (_request, response) => {
    response.writeHead(200, { "Content-Type": "text/event-stream", "Cache-Control": "no-cache" });
    response.write("data: 1\n\n");
  });
  const args = ["doctor", url, "--silence", "0.1"];
  const [lenient, strict] = await Promise.all([doctor(...args), doctor(...args, "--strict")]);
  expect(lenient).toMatchObject({ code: 0, output: expect.stringContaining("no id") });
  expect(strict.code).toBe(1);
});

test.concurrent("a hub's stream is watched, resumed and found in order", async (context) => {
  const hub = createHub();
  context.onTestFinished(() => hub.close());
  const url = await served(
    context,
    hubStream(hub, () => ({ replay: { last: 5 } })),
  );
  for (let count = 0; count < 5; count++) await hub.broadcast({ data: count });
  const { code, output } = await doctor("doctor", url, "--silence", "1", "--strict");
  expect(output).toMatch(/Events +6 events/);
  expect(output).toContain("no doctor endpoint");
  expect(code).toBe(0);
});

test.concurrent("request headers are sent, redirects followed", async (context) => {
  const endpoint = doctorEndpoint();
  const url = await served(context, (request, response) => {
    if (request.url === "/") response.writeHead(302, { Location: "/stream" }).end();
    else if (request.headers.authorization === "Bearer a:b") endpoint(request, response);
    else response.writeHead(401).end();
  });
  expect((await doctor("doctor", url)).output).toContain("--header 'Authorization: …'");
  const { code } = await doctor("doctor", url, "-H", "Authorization: Bearer a:b", "--silence", "0");
  expect(code).toBe(0);
});

describe.skipIf(!hasOpenssl)("over TLS", { concurrent: true }, () => {
  /** Serves over HTTP/2 and, for clients that do not speak it, HTTP/1.1. */
  async function servedSecurely(
    { onTestFinished }: TestContext,
    handler: RequestListener,
    http2 = true,
  ): Promise<string> {
    const server = http2
      ? createSecureServer({ ...certificate(), allowHTTP1: true }, handler as never)
      : createHttpsServer(certificate(), handler);
    const { url, close } = await listen(server as never);
    onTestFinished(close);
    return url.replace("http:", "https:");
  }

  test("a server that offers HTTP/2 is examined by it, and has no limit of six connections", async (context) => {
    const url = await servedSecurely(context, doctorEndpoint());
    const refused = await doctor("doctor", url);
    expect(refused.output).toMatch(/no connection: self.signed certificate/);
    const { output, code } = await doctor("doctor", url, "--insecure", "--silence", "0.2");
    expect(output).toMatch(/✓ Protocol +HTTP\/2\.0, and HTTP\/2\.0 to the application/);
    expect(output).toMatch(/✓ Connections +browsers use HTTP\/2/);
    expect(output).toMatch(/✓ Leaving/);
    expect(code).toBe(0);
  });

  test("a server without HTTP/2 is examined by HTTP/1.1", async (context) => {
    const url = await servedSecurely(context, doctorEndpoint(), false);
    const { output, code } = await doctor("doctor", url, "--insecure", "--silence", "0");
    expect(output).toMatch(/✓ Protocol +HTTP\/1\.1, and HTTP\/1\.1 to the application/);
    expect(output).toMatch(/· Connections +browsers use HTTP\/1\.1: six connections/);
    expect(code).toBe(0);
  });

  test.for([
    ["cut", "destroy", "problem"],
    ["complete", "end", "note"],
  ] as const)(
    "a stream of HTTP/2 that is %s is told from others",
    async ([how, method, severity], context) => {
      const url = await servedSecurely(context, (_request, response) => {
        response.writeHead(200, { "Content-Type": "text/event-stream", "Cache-Control": "no-cache" });
        response.write("id: 1\ndata: 1\n\n", () => {
          const { stream } = response as unknown as Http2ServerResponse;
          if (method === "end") response.end();
          else stream.close(constants.NGHTTP2_INTERNAL_ERROR);
        });
      });
      const { output } = await doctor("doctor", url, "--insecure", "--silence", "0", "--json");
      const { findings, observations } = JSON.parse(output);
      expect(observations.first.end.how).toBe(how);
      expect(findings).toContainEqual(expect.objectContaining({ subject: "Silence", severity }));
    },
  );

  test("a header that HTTP/2 does not allow is a problem of the request", async (context) => {
    const url = await servedSecurely(context, doctorEndpoint());
    const { output, code } = await doctor("doctor", url, "--insecure", "-H", "Connection: close");
    expect(output).toMatch(/✗ Response .*forbidden: "connection"/);
    expect(code).toBe(1);
  });

  test("redirects are followed also between the protocols", async (context) => {
    const target = await served(context, doctorEndpoint());
    const url = await servedSecurely(context, (_request, response) => {
      response.writeHead(302, { Location: target }).end();
    });
    const { output } = await doctor("doctor", url, "--insecure", "--silence", "0");
    expect(output).toMatch(/✓ Protocol +HTTP\/1\.1/);
  });
});

describe("arguments", () => {
  test.each([
    [["doctor"], "the URL is missing"],
    [["examine", "http://a/"], 'no command "examine"'],
    [["doctor", "ftp://a/"], '"ftp://a/" is no URL of http: or https:'],
    [["doctor", "a"], '"a" is no URL'],
    [["doctor", "http://a/", "http://b/"], 'not also "http://b/"'],
    [["doctor", "http://a/", "--silent"], "Unknown option '--silent'; --help lists the options"],
    [["doctor", "http://a/", "--silence", "-1"], "--silence"],
    [["doctor", "http://a/", "--silence=601"], "--silence is a number of seconds from 0 to 600"],
    [["doctor", "http://a/", "--timeout="], "--timeout is a number of seconds from 0.1 to 600"],
    [["doctor", "http://a/", "--header", "Authorization"], "no header: write it as 'Name: value'"],
    [["doctor", "http://a/", "--header", "a b: c"], "no header"],
    [["doctor", "http://a/", "--header", "a: b\nc"], "no header"],
    [["doctor", "http://a/", "-H", "Cookie: a=1", "-H", "cookie: b=2"], "the header cookie is given twice"],
  ])("%j are refused with what to write instead, and the exit code 2", async (args, message) => {
    expect(await doctor(...args)).toEqual({ code: 2, output: "", errors: expect.stringContaining(message) });
  });

  test.each([[[]], [["--help"]], [["doctor", "-h"]]])("%j print the usage", async (args) => {
    expect(await doctor(...args)).toMatchObject({ code: 0, output: expect.stringMatching(/^Usage: npx/) });
  });
});

test("the headers of the user are not sent to another origin, to which a redirect leads", async (context) => {
  const received: (string | undefined)[] = [];
  const target = await served(context, ({ headers }, response) => {
    received.push(headers.authorization);
    response.writeHead(403).end();
  });
  const url = await served(context, ({ headers, url: path }, response) => {
    received.push(headers.authorization);
    response.writeHead(302, { Location: path === "/2" ? target : "/2" }).end();
  });
  const { output } = await doctor("doctor", url, "-H", "Authorization: Bearer a");
  expect(output).toContain(`${target} answered with 403`);
  expect(received).toEqual(["Bearer a", "Bearer a", undefined]);
});

test("a redirect to another protocol than HTTP is not followed", async (context) => {
  const url = await served(context, ({ headers }, response) => {
    response.writeHead(302, { Location: `other://${headers.host}/` }).end();
  });
  const { output, code } = await doctor("doctor", url);
  expect(output).toContain("answered with 302");
  expect(code).toBe(1);
});

test("the built program runs as `npx @sse/client` runs it", async () => {
  const main = new URL("../../dist/doctor/main.js", import.meta.url).pathname;
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, "doctor", "none"], {
    encoding: "utf8",
  });
  expect({ status, stdout, stderr }).toEqual({
    status: 2,
    stdout: "",
    stderr: '"none" is no URL of http: or https:\n',
  });
});

// "é漢" has to be encoded for a header, and a control character cannot be sent at all.
test.for(["é漢", "a\u0001b", "x".repeat(20_000)])("a stream whose id is %j is examined", async (id, test) => {
  const ids: (string | string[] | undefined)[] = [];
  const url = await served(test, (request, response) => {
    ids.push(request.headers["last-event-id"]);
    response.writeHead(200, { "Content-Type": "text/event-stream" });
    response.end(`id: ${id}\ndata: x\n\n`);
  });
  const { errors, output } = await doctor("doctor", url, "--silence", "0", "--timeout", "100");
  expect([errors, output]).toEqual(["", expect.stringContaining("Resume")]);
  const sent = ids.filter((value) => value !== undefined);
  expect(sent.map((value) => Buffer.from(String(value), "latin1").toString())).toEqual(
    id === "é漢" ? [id] : [],
  );
});
