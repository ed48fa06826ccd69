import type { Hub } from "@sse/fastify";
import type { FastifyInstance } from "fastify";

const body = {
  type: "object",
  required: ["connection"],
  properties: { connection: { type: "string" } },
};

/**
 * Serves `POST /drop`: the server drops a connection, and its browser reconnects after a time. Only
 * the page knows the id of its connection, from `sse:live`, so it can drop its own and no other.
 *
 * @param retry milliseconds before the browser reconnects.
 */
export function serveDrop(app: FastifyInstance, hub: Pick<Hub, "disconnect">, retry: number): void {
  app.post<{ Body: { connection: string } }>("/drop", { schema: { body } }, (request, reply) => {
    const dropped = hub.disconnect({ connection: request.body.connection }, { retry });
    if (dropped > 0) return reply.send({ retry });
    return reply
      .code(404)
      .send({ message: "There is no such connection. Its id is in the data of sse:live." });
  });
}
