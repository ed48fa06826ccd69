import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { extname } from "node:path";
import { gzipSync } from "node:zlib";

/** A response to a request for a file of a page. */
export interface PageResponse {
  readonly status: 200 | 304;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer | undefined;
}

/** The request headers that decide about the response. */
export interface PageRequestHeaders {
  readonly "if-none-match"?: string | undefined;
  readonly "accept-encoding"?: string | string[] | undefined;
}

/** Responds to a request for one file. */
export type PageFile = (headers: PageRequestHeaders) => PageResponse;

const types: Readonly<Record<string, string>> = {
  ".css": "text/css; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".svg": "image/svg+xml",
  ".woff2": "font/woff2",
};

/** Files that gain by compression. */
const compressible = new Set([".css", ".html", ".js", ".svg"]);

/**
 * Reads the built files of an app's pages, to be served from memory: by path, `/` for `index.html`,
 * and without the ending for other pages.
 *
 * @param folder the folder `dist/page` of the app. Without it there is one page, which says how to
 * build the others: tests of a server need no build.
 */
export function pageFiles(folder: URL): ReadonlyMap<string, PageFile> {
  if (!existsSync(folder)) {
    const hint = Buffer.from("<!doctype html><title>Not built</title><p>Build the pages: npm start.</p>");
    return new Map([["/", serve(hint, ".html", "/")]]);
  }
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" });
  const files = names.filter((name) => extname(name) in types);
  return new Map(
    files.map((name) => {
      const path = `/${name.replaceAll("\\", "/")}`;
      return [pathOf(path), serve(readFileSync(new URL(`.${path}`, folder)), extname(name), path)] as const;
    }),
  );
}

function pathOf(path: string): string {
  return path === "/index.html" ? "/" : path.replace(/\.html$/, "");
}

function serve(content: Buffer, extension: string, path: string): PageFile {
  const etag = `"${hash(content, "base64url").slice(0, 22)}"`;
  const zipped = compressible.has(extension) ? gzipSync(content, { level: 9 }) : undefined;
  const common = {
    // A hash in the name changes with the content. A page itself is revalidated each time.
    "cache-control": path.startsWith("/assets/") ? "public, max-age=31536000, immutable" : "no-cache",
    "content-security-policy": contentSecurityPolicy(extension === ".html" ? content.toString() : ""),
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    etag,
    vary: "accept-encoding",
  };
  return (request) => {
    if (request["if-none-match"]?.includes(etag)) return { status: 304, headers: common, body: undefined };
    const gzip = zipped !== undefined && /\bgzip\b/.test(String(request["accept-encoding"] ?? ""));
    const body = gzip ? zipped : content;
    const headers = {
      ...common,
      "content-type": types[extension]!,
      "content-length": String(body.byteLength),
      ...(gzip && { "content-encoding": "gzip" }),
    };
    return { status: 200, headers, body };
  };
}

/**
 * Allows what a page loads from its own server, and the scripts that are written in it: even a
 * message that became markup by a mistake could run and load nothing.
 */
function contentSecurityPolicy(html: string): string {
  const inline = [...html.matchAll(/<script>([^<]*)<\/script>/g)];
  const hashes = inline.map(([, script]) => `'sha256-${hash(Buffer.from(script ?? ""), "base64")}'`);
  const scripts = ["script-src 'self'", ...hashes].join(" ");
  return `default-src 'self'; ${scripts}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; object-src 'none'`;
}

function hash(content: Buffer, encoding: "base64" | "base64url"): string {
  return createHash("sha256").update(content).digest(encoding);
}
