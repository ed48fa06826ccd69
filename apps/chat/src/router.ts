import type { Middleware } from "koa";
import { RequestError } from "./errors.js";

/** The handlers by path, then by method. */
export type Routes = Readonly<Record<string, Readonly<Record<string, Middleware>>>>;

/**
 * Serves the routes; GET includes HEAD.
 *
 * @throws {RequestError} 404 for another path, 405 for another method.
 */
export function router(routes: Routes): Middleware {
  const paths = new Map(Object.entries(routes));
  return (ctx, next) => {
    const methods = new Map(Object.entries(paths.get(ctx.path) ?? {}));
    if (methods.size === 0) throw notFound(ctx.path);
    const get = methods.get("GET");
    if (get !== undefined) methods.set("HEAD", get);
    const serve = methods.get(ctx.method);
    if (serve === undefined) throw notAllowed(ctx.method, [...methods.keys()].join(", "));
    return serve(ctx, next);
  };
}

function notFound(path: string): RequestError {
  return new RequestError(404, {
    code: "not-found",
    message: `There is nothing at ${path}. The chat is at /.`,
  });
}

function notAllowed(method: string, allow: string): RequestError {
  const message = `${method} is not allowed here, only ${allow}.`;
  return new RequestError(405, { code: "method-not-allowed", message }, { Allow: allow });
}
