import { pageFiles } from "@sse/ui/server";
import type { FastifyInstance } from "fastify";

/** The folder of the built pages, beside both `src` and `dist`. */
const folder = new URL("../dist/page/", import.meta.url);

/** Serves the pages and their files. */
export function servePages(app: FastifyInstance): void {
  for (const [path, file] of pageFiles(folder)) {
    app.get(path, (request, reply) => {
      const { status, headers, body } = file(request.headers);
      return reply.code(status).headers(headers).send(body);
    });
  }
}
