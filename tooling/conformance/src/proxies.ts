import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Ports of a proxy and of the application behind it. */
export interface ProxySettings {
  /** The port of the application, and below it the one of the proxy. */
  readonly application: number;
  readonly port: number;
  /** An empty folder of the proxy's own. */
  readonly folder: string;
  /** Whether clients speak HTTP/2. */
  readonly http2: boolean;
  /** Whether it compresses: streams too where it obeys `no-transform`, else other types only. */
  readonly compress: boolean;
  /** Seconds of silence after which the proxy ends a response. Default: the proxy's own. */
  readonly timeout?: number;
  /** Whether clients connect over TLS, with HTTP/2 or HTTP/1.1 as they like. Caddy only. */
  readonly tls?: boolean;
  /**
   * Further directives: of the location (nginx), of the proxy (HAProxy), of the server (Apache), of
   * the VCL (Varnish), or of `reverse_proxy` (Caddy).
   */
  readonly directives?: string;
  /** Further directives around the server, for nginx. */
  readonly outerDirectives?: string;
}

/** A proxy server that may be installed. */
export interface ProxyServer {
  readonly name: string;
  readonly program: string;
  /** Whether it ends a response that is silent for too long. */
  readonly hasTimeout: boolean;
  /** The text of its configuration file. */
  config(settings: ProxySettings): string;
  /** The arguments that run it in the foreground with that file. */
  args(file: string, settings: ProxySettings): string[];
}

const nginx: ProxyServer = {
  name: "nginx",
  program: "nginx",
  hasTimeout: true,
  config: ({ application, port, folder, http2, compress, timeout, directives = "", outerDirectives = "" }) =>
    `daemon off; master_process off; pid ${folder}/pid; error_log ${folder}/error.log; events {}
    http {
      access_log off;
      ${["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((kind) => `${kind}_temp_path ${folder};`).join(" ")}
      ${compress ? "gzip on; gzip_proxied any; gzip_types text/plain;" : ""}
      ${outerDirectives}
      upstream application { server 127.0.0.1:${application}; keepalive 4; }
      server {
        listen 127.0.0.1:${port}${http2 ? " http2" : ""};
        location / {
          proxy_pass http://application;
          ${timeout === undefined ? "" : `proxy_read_timeout ${timeout}s;`}
          ${directives}
        }
      }
    }`,
  args: (file, { folder }) => ["-p", folder, "-e", `${folder}/error.log`, "-c", file],
};

const haproxy: ProxyServer = {
  name: "HAProxy",
  program: "haproxy",
  hasTimeout: true,
  config: ({ application, port, http2, compress, timeout = 50, directives = "" }) =>
    `defaults
      mode http
      timeout connect 5s
      timeout client ${timeout}s
      timeout server ${timeout}s
      ${compress ? "compression algo gzip\n      compression type text/event-stream text/plain" : ""}
    listen proxy
      bind 127.0.0.1:${port}${http2 ? " proto h2" : ""}
      ${directives}
      server application 127.0.0.1:${application}
    `,
  args: (file) => ["-db", "-f", file],
};

const apache: ProxyServer = {
  name: "Apache",
  program: "apache2",
  hasTimeout: true,
  config: ({ application, port, folder, http2, compress, timeout, directives = "" }) =>
    `${["mpm_event", "authz_core", "proxy", "proxy_http", "http2", "deflate", "filter"]
      .map((module) => `LoadModule ${module}_module /usr/lib/apache2/modules/mod_${module}.so`)
      .join("\n")}
    ServerName localhost
    Listen 127.0.0.1:${port}
    PidFile ${folder}/pid
    ErrorLog ${folder}/error.log
    DefaultRuntimeDir ${folder}
    User www-data
    Group www-data
    Protocols ${http2 ? "h2c" : "http/1.1"}
    ProxyPass / http://127.0.0.1:${application}/
    ${timeout === undefined ? "" : `ProxyTimeout ${timeout}`}
    ${compress ? "AddOutputFilterByType DEFLATE text/html text/plain" : ""}
    ${directives}
    `,
  args: (file, { folder }) => ["-d", folder, "-f", file, "-D", "FOREGROUND"],
};

const varnish: ProxyServer = {
  name: "Varnish",
  program: "varnishd",
  hasTimeout: true,
  config: ({ application, compress, directives = "" }) =>
    `vcl 4.1;
    backend default { .host = "127.0.0.1"; .port = "${application}"; }
    ${compress ? 'sub vcl_backend_response { if (beresp.http.content-type ~ "^text/(html|plain|css)") { set beresp.do_gzip = true; } }' : ""}
    ${directives}
    `,
  args: (file, { port, folder, http2, timeout }) => [
    ...["-F", "-n", folder, "-a", `127.0.0.1:${port}`, "-f", file, "-s", "malloc,32m"],
    ...(http2 ? ["-p", "feature=+http2"] : []),
    ...(timeout === undefined ? [] : ["-p", `between_bytes_timeout=${timeout}`]),
  ],
};

const caddy: ProxyServer = {
  name: "Caddy",
  program: "caddy",
  hasTimeout: false,
  config: ({ application, port, http2, compress, tls = false, directives = "" }) =>
    `{
      admin off
      auto_https ${tls ? "disable_redirects" : "off"}
      skip_install_trust
      servers {
        protocols ${tls ? "h1 h2" : http2 ? "h1 h2c" : "h1"}
      }
    }
    ${tls ? "https" : "http"}://127.0.0.1:${port} {
      ${tls ? "tls internal" : ""}
      ${compress ? "encode gzip" : ""}
      reverse_proxy 127.0.0.1:${application} {
        ${directives}
      }
    }
    `,
  args: (file) => ["run", "--adapter", "caddyfile", "--config", file],
};

export const proxies: readonly ProxyServer[] = [nginx, haproxy, apache, varnish, caddy];

/** Returns one of the {@link proxies} by its name. */
export function proxyNamed(name: string): ProxyServer {
  const proxy = proxies.find((one) => one.name === name);
  if (proxy === undefined) throw new Error(`there is no proxy named ${name}`);
  return proxy;
}

// Debian keeps servers where only root looks.
const env = { ...process.env, PATH: `${process.env["PATH"]}:/usr/sbin` };

/** Whether the proxy is installed. */
export function isInstalled({ program }: ProxyServer): boolean {
  return spawnSync("which", [program], { env }).status === 0;
}

/** A proxy that listens on 127.0.0.1. */
export interface RunningProxy {
  readonly port: number;
  stop(): Promise<void>;
}

/** Starts a proxy in front of an application. */
export async function startProxy(
  proxy: ProxyServer,
  settings: Omit<ProxySettings, "port" | "folder">,
): Promise<RunningProxy> {
  const folder = await mkdtemp(join(tmpdir(), "sse-proxy-"));
  // Some drop root before they read their configuration.
  await chmod(folder, 0o777);
  const port = await freePort();
  const all = { ...settings, port, folder };
  const file = join(folder, "config");
  await writeFile(file, `${proxy.config(all).trim()}\n`);
  const child = spawn(proxy.program, proxy.args(file, all), {
    env: { ...env, HOME: folder },
    stdio: ["ignore", "pipe", "pipe"],
    detached: true, // A group of its own: some have processes that outlive the first.
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream?.on("data", (text) => (output += text));
  const exited = once(child, "exit");
  const stop = async (): Promise<void> => {
    if (child.exitCode === null && child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
    await exited;
    await rm(folder, { recursive: true, force: true });
  };
  while (!(await accepts(port))) {
    if (child.exitCode !== null) throw new Error(`${proxy.name} ended: ${output}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return { port, stop };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

async function accepts(port: number): Promise<boolean> {
  const socket = connect(port, "127.0.0.1");
  const accepted = await new Promise<boolean>((resolve) => {
    socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
  });
  socket.destroy();
  return accepted;
}
