import { refuse } from "@sse/fastify";
import { problem, problemType } from "@sse/ui/server";
import type { FastifyInstance, FastifyReply } from "fastify";

/** Sends a problem (RFC 9457). */
export function sendProblem(
  reply: FastifyReply,
  ...[status, code, detail, more]: Parameters<typeof problem>
): FastifyReply {
  return reply
    .code(status)
    .type(problemType)
    .send(problem(status, code, detail, more));
}

/** Returns the refusal of a stream, with a problem as its body. */
export function problemRefusal(...parameters: Parameters<typeof problem>): Error {
  const body = JSON.stringify(problem(...parameters));
  return refuse(parameters[0], { headers: { "content-type": problemType }, body });
}

/**
 * Sends the errors of all routes as problems, those of Fastify too. Details of the server's own
 * errors are not sent.
 */
export function serveProblems(app: FastifyInstance): void {
  app.setErrorHandler<Error & { statusCode?: number }>((error, request, reply) => {
    const { statusCode = 500, message } = error;
    if (statusCode < 500) return sendProblem(reply, statusCode, "malformed", `${message}.`);
    request.log.error(error);
    return sendProblem(reply, 500, "internal", "Something went wrong on the server.");
  });
  app.setNotFoundHandler((request, reply) => {
    const [path = ""] = request.url.split("?");
    const methods = (["GET", "POST"] as const).filter((method) => app.hasRoute({ method, url: path }));
    if (methods.length === 0)
      return sendProblem(reply, 404, "not-found", `There is nothing at ${path}. The page is at /.`);
    const allow = methods.includes("GET") ? [...methods, "HEAD"] : methods;
    reply.header("allow", allow.join(", "));
    const detail = `${request.method} is not allowed here, only ${allow.join(", ")}.`;
    return sendProblem(reply, 405, "method-not-allowed", detail);
  });
}
