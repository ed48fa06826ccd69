import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Middleware } from "koa";
import type { Routes } from "./router.js";

/** The folder of the page, beside both `src` and `dist`. */
const folder = fileURLToPath(new URL("../public", import.meta.url));

/** Kinds of files that are part of the page; others in the folder are not served. */
const types: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".svg": "image/svg+xml",
};

const headers = {
  // Files change with the next version of the demo: browsers revalidate each time.
  "Cache-Control": "no-cache",
  // The page shows what strangers write: even a message that became markup by a mistake could run
  // and load nothing.
  "Content-Security-Policy":
    "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; object-src 'none'",
  "X-Content-Type-Options": "nosniff",
  "Referrer-Policy": "no-referrer",
};

/** The files of the page, read once. */
export function pageRoutes(): Routes {
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" });
  const routes = files
    .filter((file) => extname(file) in types)
    .map((file) => [pathOf(file), { GET: serveFile(file) }] as const);
  return Object.fromEntries(routes);
}

function pathOf(file: string): string {
  return file === "index.html" ? "/" : `/${file.replaceAll("\\", "/")}`;
}

function serveFile(file: string): Middleware {
  const content = readFileSync(join(folder, file));
  const etag = createHash("sha256").update(content).digest("base64url").slice(0, 22);
  return (ctx) => {
    ctx.status = 200;
    ctx.set(headers);
    ctx.type = types[extname(file)]!;
    ctx.etag = etag;
    if (ctx.fresh) ctx.status = 304;
    else ctx.body = content;
  };
}
