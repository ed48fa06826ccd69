import { pageFiles } from "@sse/ui/server";
import type { Context } from "koa";
import type { Routes } from "./router.js";

/** The folder of the built pages, beside both `src` and `dist`. */
const folder = new URL("../dist/page/", import.meta.url);

/** The pages and their files. */
export function pageRoutes(): Routes {
  const routes = [...pageFiles(folder)].map(([path, file]) => [
    path,
    {
      GET: (ctx: Context) => {
        const { status, headers, body } = file(ctx.headers);
        ctx.status = status;
        ctx.set(headers);
        if (body !== undefined) ctx.body = body;
      },
    },
  ]);
  return Object.fromEntries(routes);
}
