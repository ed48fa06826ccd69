import type { FindingCode } from "./finding.js";

/** A server, proxy or network that a response names, with its own settings for streams. */
interface Intermediary {
  readonly name: string;
  /** Whether the headers of a response are signs of it. */
  readonly matches: (headers: Readonly<Record<string, string>>) => boolean;
  readonly fixes: Partial<Record<FindingCode, string>>;
}

const named = (pattern: RegExp) => (headers: Readonly<Record<string, string>>) =>
  pattern.test(`${headers["server"] ?? ""} ${headers["via"] ?? ""} ${headers["x-powered-by"] ?? ""}`);
const has = (name: string) => (headers: Readonly<Record<string, string>>) => headers[name] !== undefined;

/** From the outermost to the innermost that is usual: the first that matches answered. */
const intermediaries: readonly Intermediary[] = [
  {
    name: "Cloudflare",
    matches: has("cf-ray"),
    fixes: {
      buffering:
        "Cloudflare: turn off features that read the whole body for this path (Rocket Loader, email obfuscation).",
      cache: "Cloudflare: add a cache rule that bypasses this path.",
      timeout: "Cloudflare: send a heartbeat more often than every 100 s, its limit for a silent response.",
    },
  },
  {
    name: "CloudFront",
    matches: has("x-amz-cf-id"),
    fixes: {
      cache: "CloudFront: use the managed cache policy CachingDisabled for this path.",
      "lost-header":
        "CloudFront: use the origin request policy AllViewer, so that Last-Event-ID is forwarded.",
      timeout:
        "CloudFront: raise the origin response timeout (30 s by default), or send heartbeats more often.",
    },
  },
  {
    name: "Fastly",
    matches: (headers) => /^cache-/.test(headers["x-served-by"] ?? ""),
    fixes: {
      buffering: "Fastly: `set beresp.do_stream = true;` in vcl_fetch.",
      cache: "Fastly: `return(pass)` for this path in vcl_recv.",
    },
  },
  {
    name: "an AWS load balancer",
    matches: named(/awselb/i),
    fixes: { timeout: "AWS load balancer: raise `idle_timeout.timeout_seconds` (60 s by default)." },
  },
  {
    name: "Varnish",
    matches: (headers) => headers["x-varnish"] !== undefined || /varnish/i.test(headers["via"] ?? ""),
    fixes: {
      buffering:
        "Varnish: `set beresp.do_stream = true;` and no `do_esi` for this path, or `return (pipe)` in vcl_recv.",
      compression: "Varnish: no `set beresp.do_gzip = true;` for text/event-stream.",
      timeout: "Varnish: raise `between_bytes_timeout` (60 s by default).",
      cache: "Varnish: `return (pass);` for this path in vcl_recv.",
      "lost-header": "Varnish: no `unset req.http.Last-Event-ID` in the VCL.",
    },
  },
  {
    name: "Caddy",
    matches: named(/caddy/i),
    fixes: {
      buffering: "Caddy: `flush_interval -1` in reverse_proxy, and no `response_buffers`.",
      compression: "Caddy: exclude text/event-stream from `encode`.",
    },
  },
  {
    name: "nginx",
    matches: named(/nginx|openresty/i),
    fixes: {
      buffering:
        "nginx: `proxy_buffering off;` in the location of the stream, and no `proxy_ignore_headers X-Accel-Buffering`.",
      compression: "nginx: take text/event-stream (and `*`) out of `gzip_types`.",
      timeout: "nginx: raise `proxy_read_timeout` (60 s by default) in the location of the stream.",
      cache:
        "nginx: `proxy_cache off;` in the location of the stream, and no `proxy_ignore_headers Cache-Control`.",
      "lost-header":
        "nginx: `proxy_set_header Last-Event-ID $http_last_event_id;` and `proxy_pass_request_headers on;`.",
      "http-1.0": 'nginx: `proxy_http_version 1.1;` and `proxy_set_header Connection "";`.',
      leaving: "nginx: `proxy_ignore_client_abort off;`, which is the default.",
      "six-connections": "nginx: `listen 443 ssl;` with `http2 on;` (before 1.25: `listen 443 ssl http2;`).",
    },
  },
  {
    name: "Apache",
    matches: named(/apache/i),
    fixes: {
      buffering:
        "Apache: `ProxyPass … flushpackets=on`, and no mod_security response inspection for this path.",
      compression:
        "Apache: take text/event-stream out of `AddOutputFilterByType`, and no `SetOutputFilter DEFLATE`.",
      timeout: "Apache: raise `ProxyTimeout` (60 s by default).",
      cache: "Apache: no `CacheEnable` for this path.",
      "lost-header": "Apache: no `RequestHeader unset Last-Event-ID`.",
      "http-1.0": "Apache: no `SetEnv force-proxy-request-1.0`.",
      "six-connections": "Apache: `Protocols h2 http/1.1` with mod_http2.",
    },
  },
  {
    name: "Express",
    matches: named(/express/i),
    fixes: {
      compression:
        "Express: keep `no-transform` in Cache-Control, which the compression middleware obeys, or call `response.flush()` after each event.",
    },
  },
];

/** Fixes for a server that the response does not name. */
const general: Partial<Record<FindingCode, string>> = {
  buffering:
    "Turn off response buffering in every proxy between here and the application: nginx `proxy_buffering off;`, HAProxy `option http-no-delay`, Apache `flushpackets=on`; and send `X-Accel-Buffering: no`.",
  compression:
    "Do not compress text/event-stream: send `Cache-Control: no-transform`, or exclude the type in the middleware or proxy.",
  timeout: "Raise the read timeout of the proxy (HAProxy: `timeout server` and `timeout client`).",
  cache: "Do not cache this path, and send `Cache-Control: no-store`.",
  "lost-header": "Forward the request header Last-Event-ID to the application.",
  "http-1.0": "Let the proxy speak HTTP/1.1 to the application.",
  leaving:
    "Let the proxy or server close the request to the application when the client disconnects, and keep heartbeats on.",
  "six-connections":
    "Serve HTTP/2 in front, or share one connection between tabs (createSharedEventSource of @sse/client/shared).",
};

/** Returns the name of the server that answered, as far as the headers reveal it. */
export function intermediaryOf(headers: Readonly<Record<string, string>>): string | undefined {
  return intermediaries.find(({ matches }) => matches(headers))?.name;
}

/** Returns what to do about a fault: for the servers that the headers name, and in general. */
export function fixesFor(code: FindingCode, headers: Readonly<Record<string, string>>): string[] {
  const own = intermediaries.filter(({ matches }) => matches(headers)).map(({ fixes }) => fixes[code]);
  return [...own, general[code]].filter((fix) => fix !== undefined);
}
