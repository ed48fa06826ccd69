import { readdirSync, readFileSync } from "node:fs";
import { extname } from "node:path";
import type { FastifyInstance } from "fastify";

/** The folder of the page, beside both `src` and `dist`. */
const folder = new URL("../public/", import.meta.url);

const types: Record<string, string> = {
  ".css": "text/css; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".svg": "image/svg+xml",
};

const headers = {
  "cache-control": "no-cache",
  "content-security-policy":
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'",
  "x-content-type-options": "nosniff",
};

/** Serves the files of the page. They are few and small, so they are kept in memory. */
export function servePage(app: FastifyInstance): void {
  for (const name of readdirSync(folder)) {
    const body = readFileSync(new URL(name, folder));
    const type = types[extname(name)];
    if (type === undefined) continue;
    app.get(name === "index.html" ? "/" : `/${name}`, (_request, reply) =>
      reply.headers(headers).type(type).send(body),
    );
  }
}
