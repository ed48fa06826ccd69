import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer, type RequestListener, type ServerResponse } from "node:http";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { text } from "node:stream/consumers";
import { type DoctorEndpointOptions, doctorEndpoint } from "@sse/node";
import compression from "compression";
import express from "express";
import { describe, expect, test } from "vitest";
import { listening } from "../src/adapters/listening.js";
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
  readonly subject: string;
  readonly severity: string;
  readonly code: string;
  readonly seen: string;
  readonly fixes: readonly string[];
}

/** Runs the built program. */
async function diagnosisOf(url: string, timeout = "100"): Promise<Diagnosis> {
  const options = ["--json", "--silence=2", `--timeout=${timeout}`, "--insecure"];
  const child = spawn(process.execPath, [program, "doctor", url, ...options]);
  const [report] = await Promise.all([text(child.stdout), once(child, "exit")]);
  return JSON.parse(report);
}

/** Calls back with the port of an application, and stops that afterwards. */
async function whileServed<T>(handler: RequestListener, callback: (port: number) => Promise<T>): Promise<T> {
  const server = await listening(createServer(handler));
  return callback(server.port).finally(server.stop);
}

/** Examines an application with nothing before it. */
function examined(handler: RequestListener, timeout?: string): Promise<Diagnosis> {
  return whileServed(handler, (port) => diagnosisOf(`http://127.0.0.1:${port}/`, timeout));
}

/** Settings of a proxy that the tests choose. */
type Chain = Partial<Omit<ProxySettings, "application">>;

/** Calls back with the port of a proxy in front of an application, and stops it afterwards. */
async function whileProxied<T>(
  [name, chain]: [string, Chain],
  application: number,
  callback: (port: number) => Promise<T>,
): Promise<T> {
  const settings = { application, http2: false, compress: false, ...chain };
  const proxy = await startProxy(proxyNamed(name), settings);
  return callback(proxy.port).finally(proxy.stop);
}

/** Examines a doctor endpoint behind a proxy. */
function behind(name: string, chain: Chain): Promise<Diagnosis> {
  return whileServed(doctorEndpoint(), (application) =>
    whileProxied([name, chain], application, (port) =>
      diagnosisOf(`${chain.tls ? "https" : "http"}://127.0.0.1:${port}/`),
    ),
  );
}

/** Returns the findings that are more than a note, as `severity code`. */
function faults({ findings }: Diagnosis): string[] {
  return findings
    .filter(({ severity }) => severity === "problem" || severity === "warning")
    .map(({ severity, code }) => `${severity} ${code}`);
}

const http11 = 'proxy_http_version 1.1; proxy_set_header Connection "";';

/** Chains that work: with the settings of docs/proxies.md. */
const good: Record<string, Chain> = {
  nginx: { directives: http11 },
  HAProxy: { directives: "option http-no-delay" },
  Apache: {},
  Varnish: {},
  Caddy: {},
};

test.concurrent("an endpoint without anything before it gets a clean bill", async () => {
  const diagnosis = await examined(doctorEndpoint());
  expect(faults(diagnosis)).toEqual([]);
  expect(diagnosis).toMatchObject({ endpoint: true, healthy: true });
});

describe.concurrent.each(proxies.map((proxy) => [proxy.name, proxy] as const))("%s", (name, proxy) => {
  test.skipIf(!isInstalled(proxy))("as it should be gets a clean bill", async () => {
    expect(faults(await behind(name, good[name] ?? {}))).toEqual([]);
  });
});

/**
 * Returns a test that is skipped where a proxy is missing. It may fail before it passes: the doctor
 * measures delays of a fifth of a second, which a busy machine can hide.
 */
function testBehind(...names: string[]): (title: string, run: () => Promise<void>) => void {
  const isMissing = names.some((name) => !isInstalled(proxyNamed(name)));
  return (title, run) => test.skipIf(isMissing)(title, { concurrent: true, retry: 5 }, run);
}

// With HTTP/1.1 to the application nginx passes each chunk on, also when it buffers.
const buffering = "proxy_ignore_headers X-Accel-Buffering;";

testBehind("nginx")("nginx that buffers is named, with its own directive as the fix", async () => {
  const diagnosis = await behind("nginx", { directives: buffering });
  expect(faults(diagnosis)).toEqual(["warning http-1.0", "problem buffering"]);
  expect(diagnosis.answeredBy).toBe("nginx");
  const { fixes } = diagnosis.findings.find(({ code }) => code === "buffering")!;
  expect(fixes[0]).toContain("`proxy_buffering off;`");
});

describe.concurrent("nginx that compresses", () => {
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

testBehind("HAProxy")("HAProxy that delays each event, as it does by default, is named", async () => {
  const diagnosis = await behind("HAProxy", {});
  expect(faults(diagnosis)).toEqual(["warning buffering"]);
  const { fixes } = diagnosis.findings.find(({ code }) => code === "buffering")!;
  expect(fixes.join()).toContain("`option http-no-delay`");
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

describe.concurrent("HTTP/2 over TLS", () => {
  testBehind("Caddy")("gets a clean bill, and has no limit of six connections", async () => {
    const diagnosis = await behind("Caddy", { tls: true });
    expect(faults(diagnosis)).toEqual([]);
    const seen = Object.fromEntries(diagnosis.findings.map((finding) => [finding.subject, finding.seen]));
    expect(seen["Protocol"]).toBe("HTTP/2.0, and HTTP/1.1 to the application");
    expect(seen["Connections"]).toMatch(/^browsers use HTTP\/2/);
  });

  testBehind("Caddy", "nginx")("with a proxy behind it that buffers is named", async () => {
    const diagnosis = await whileServed(doctorEndpoint(), (application) =>
      whileProxied(["nginx", { directives: buffering }], application, (inner) =>
        whileProxied(["Caddy", { tls: true }], inner, (port) => diagnosisOf(`https://127.0.0.1:${port}/`)),
      ),
    );
    expect(faults(diagnosis)).toEqual(["warning http-1.0", "problem buffering"]);
  });
});

test.concurrent("HTTP/1.1 on a host that is not this one is named for its six connections", async () => {
  const diagnosis = await whileServed(doctorEndpoint(), (port) => diagnosisOf(`http://0.0.0.0:${port}/`));
  expect(faults(diagnosis)).toEqual(["warning six-connections"]);
});

describe.concurrent("a stream that does not resume", () => {
  test.concurrent.each<[string, (response: ServerResponse) => void]>([
    ["whose events have no id", (response) => response.write("data: 1\n\n")],
    ["that starts again for each client", (response) => response.write("id: 1\ndata: 1\n\n")],
  ])("%s is named", async (_name, send) => {
    const diagnosis = await examined((_request, response) => {
      response.writeHead(200, { "Content-Type": "text/event-stream", "Cache-Control": "no-cache" });
      send(response);
    });
    expect(faults(diagnosis)).toEqual(["warning no-resume"]);
  });
});

describe.concurrent("middleware that compresses", () => {
  test.concurrent("and holds the endpoint's events back is named", async () => {
    const options: DoctorEndpointOptions = { headers: { "Cache-Control": "no-cache, no-store" } };
    const app = express().use(compression({ threshold: 0 }));
    app.use((_request, response, next) => {
      // The stream would flush each event by it.
      Reflect.deleteProperty(response, "flush");
      next();
    });
    app.use(doctorEndpoint(options) as RequestListener);
    const diagnosis = await examined(app);
    expect(faults(diagnosis)).toEqual(["problem compression"]);
    expect(diagnosis.findings.find(({ code }) => code === "compression")?.fixes[0]).toMatch(/^Express/);
  });

  test.concurrent("and holds back the events of any other stream is named", async () => {
    const app = express().use(compression({ threshold: 0 }));
    app.get("/", (_request, response) => {
      response.writeHead(200, { "Content-Type": "text/event-stream", "Cache-Control": "no-cache" });
      response.write("id: 1\ndata: 1\n\n");
    });
    const diagnosis = await examined(app, "3");
    expect(diagnosis.endpoint).toBe(false);
    expect(faults(diagnosis)).toContain("problem compression");
  });
});
