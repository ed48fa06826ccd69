import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { text } from "node:stream/consumers";
import { type DoctorEndpointOptions, doctorEndpoint } from "@sse/node";
import compression from "compression";
import express from "express";
import { describe, expect, onTestFinished, test } from "vitest";
import { listening } from "../src/adapters/listening.js";
import type { Running } from "../src/adapters/subject.js";
import { isInstalled, type ProxySettings, proxies, proxyNamed, startProxy } from "../src/proxies.js";

const manifest = createRequire(import.meta.url).resolve("@sse/client/package.json");
const program = join(dirname(manifest), "dist/doctor/main.js");

/** The parts of the report that the tests compare. */
interface Diagnosis {
  readonly answeredBy?: string;
  readonly endpoint: boolean;
  readonly healthy: boolean;
  readonly findings: readonly Finding[];
}

interface Finding {
  readonly severity: string;
  readonly code: string;
  readonly fixes: readonly string[];
}

async function served(handler: RequestListener = doctorEndpoint()): Promise<Running> {
  const server = await listening(createServer(handler));
  onTestFinished(() => server.stop());
  return server;
}

/** Runs the built program. */
async function diagnosisOf(port: number, timeout = "100"): Promise<Diagnosis> {
  const url = `http://127.0.0.1:${port}/`;
  const child = spawn(process.execPath, [
    program,
    "doctor",
    url,
    "--json",
    "--silence=2",
    `--timeout=${timeout}`,
  ]);
  const [report] = await Promise.all([text(child.stdout), once(child, "exit")]);
  return JSON.parse(report);
}

/** Returns the findings that are more than a note, as `severity code`. */
function faults({ findings }: Diagnosis): string[] {
  return findings
    .filter(({ severity }) => severity === "problem" || severity === "warning")
    .map(({ severity, code }) => `${severity} ${code}`);
}

/** Examines a doctor endpoint behind a proxy. */
async function behind(name: string, chain: Partial<ProxySettings>): Promise<Diagnosis> {
  const application = await served();
  const proxy = proxyNamed(name);
  const running = await startProxy(proxy, {
    application: application.port,
    http2: false,
    compress: false,
    ...chain,
  });
  onTestFinished(running.stop);
  return diagnosisOf(running.port);
}

const http11 = 'proxy_http_version 1.1; proxy_set_header Connection "";';

/** Chains that work: with the settings of docs/proxies.md. */
const good: Record<string, Partial<ProxySettings>> = {
  nginx: { directives: http11 },
  HAProxy: { directives: "option http-no-delay" },
  Apache: {},
  Varnish: {},
  Caddy: {},
};

test("an endpoint without anything before it gets a clean bill", async () => {
  const { port } = await served();
  const diagnosis = await diagnosisOf(port);
  expect(faults(diagnosis)).toEqual([]);
  expect(diagnosis).toMatchObject({ endpoint: true, healthy: true });
});

describe.each(proxies.map((proxy) => [proxy.name, proxy] as const))("%s", (name, proxy) => {
  test.skipIf(!isInstalled(proxy))("as it should be gets a clean bill", async () => {
    expect(faults(await behind(name, good[name] ?? {}))).toEqual([]);
  });
});

/** Returns a test that is skipped where a proxy is missing. */
function testBehind(name: string): (title: string, run: () => Promise<void>) => void {
  return test.skipIf(!isInstalled(proxyNamed(name)));
}

// With HTTP/1.1 to the application nginx passes each chunk on, also when it buffers.
testBehind("nginx")("nginx that buffers is named, with its own directive as the fix", async () => {
  const diagnosis = await behind("nginx", { directives: "proxy_ignore_headers X-Accel-Buffering;" });
  expect(faults(diagnosis)).toEqual(["warning http-1.0", "problem buffering"]);
  expect(diagnosis.answeredBy).toBe("nginx");
  const { fixes } = diagnosis.findings.find(({ code }) => code === "buffering")!;
  expect(fixes[0]).toContain("`proxy_buffering off;`");
});

describe("nginx that compresses", () => {
  const compressing = "proxy_ignore_headers X-Accel-Buffering; gzip on; gzip_types *; gzip_proxied any;";

  testBehind("nginx")("is named if events arrive at once without compression", async () => {
    const diagnosis = await behind("nginx", { directives: http11 + compressing });
    expect(faults(diagnosis)).toEqual(["problem compression"]);
  });

  testBehind("nginx")("is not blamed for what it buffers without compression, too", async () => {
    const diagnosis = await behind("nginx", { directives: compressing });
    expect(faults(diagnosis)).toEqual(["warning http-1.0", "problem buffering"]);
  });
});

testBehind("nginx")("a short read timeout is measured, and heartbeats prove to be a fix", async () => {
  const diagnosis = await behind("nginx", { directives: http11, timeout: 1 });
  expect(faults(diagnosis)).toEqual(["problem timeout"]);
  const { fixes } = diagnosis.findings.find(({ code }) => code === "timeout")!;
  expect(fixes.join()).toMatch(/`proxy_read_timeout`.*it stayed open/);
});

testBehind("HAProxy")("a short server timeout is named behind HAProxy, too", async () => {
  const diagnosis = await behind("HAProxy", { directives: "option http-no-delay", timeout: 1 });
  expect(faults(diagnosis)).toEqual(["problem timeout"]);
});

testBehind("nginx")("a proxy that removes Last-Event-ID is named", async () => {
  const directives = `${http11} proxy_set_header Last-Event-ID "";`;
  expect(faults(await behind("nginx", { directives }))).toEqual(["problem lost-header"]);
});

testBehind("Varnish")("Varnish that removes Last-Event-ID is named", async () => {
  const diagnosis = await behind("Varnish", { directives: "sub vcl_recv { unset req.http.Last-Event-ID; }" });
  expect(faults(diagnosis)).toEqual(["problem lost-header"]);
  expect(diagnosis.answeredBy).toBe("Varnish");
});

testBehind("nginx")("HTTP/1.0 to the application, the default of nginx, is named", async () => {
  expect(faults(await behind("nginx", {}))).toEqual(["warning http-1.0"]);
});

testBehind("nginx")("nginx that caches is named", async () => {
  const diagnosis = await behind("nginx", {
    outerDirectives: "proxy_cache_path cache keys_zone=streams:1m;",
    directives: `${http11} proxy_cache streams; proxy_cache_valid 200 10m; proxy_ignore_headers Cache-Control X-Accel-Buffering;`,
  });
  expect(faults(diagnosis)).toContain("problem cache");
});

testBehind("Varnish")("Varnish that caches is named", async () => {
  const directives =
    "sub vcl_backend_response { set beresp.ttl = 10m; set beresp.uncacheable = false; return (deliver); }";
  expect(faults(await behind("Varnish", { directives }))).toContain("problem cache");
});

describe("middleware that compresses", () => {
  test("and holds the endpoint's events back is named", async () => {
    const options: DoctorEndpointOptions = { headers: { "Cache-Control": "no-cache, no-store" } };
    const app = express().use(compression({ threshold: 0 }));
    app.use((_request, response, next) => {
      // The stream would flush each event by it.
      Reflect.deleteProperty(response, "flush");
      next();
    });
    app.use(doctorEndpoint(options) as RequestListener);
    const diagnosis = await diagnosisOf((await served(app)).port);
    expect(faults(diagnosis)).toEqual(["problem compression"]);
    expect(diagnosis.findings.find(({ code }) => code === "compression")?.fixes[0]).toMatch(/^Express/);
  });

  test("and holds back the events of any other stream is named", async () => {
    const app = express().use(compression({ threshold: 0 }));
    app.get("/", (_request, response) => {
      response.writeHead(200, { "Content-Type": "text/event-stream", "Cache-Control": "no-cache" });
      response.write("id: 1\ndata: 1\n\n");
    });
    const diagnosis = await diagnosisOf((await served(app)).port, "3");
    expect(diagnosis.endpoint).toBe(false);
    expect(faults(diagnosis)).toContain("problem compression");
  });
});
