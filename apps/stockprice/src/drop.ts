import type { Hub } from "@sse/fastify";
import type { FastifyInstance } from "fastify";
import { sendProblem } from "./problems.js";

const body = {
  type: "object",
  required: ["connection"],
  properties: { connection: { type: "string" }, evict: { type: "boolean" } },
};

/** Parameters of {@link serveDrop}. */
export interface DropOptions {
  /** Milliseconds before the browser reconnects. */
  retry: number;
  /** Evicts all that the log holds. Called while a browser that asked for it is away. */
  evict: () => void;
}

/** The part of an absence after which the log is evicted: prices follow that are still held. */
const evictAfter = 0.6;

/**
 * Serves `POST /drop`: the server drops a connection, and its browser reconnects after a time. Only
 * the page knows the id of its connection, from `sse:live`, so it can drop its own and no other.
 * With `evict` the log forgets what it held meanwhile, as if the browser had been away for long.
 */
export function serveDrop(app: FastifyInstance, hub: Pick<Hub, "disconnect">, options: DropOptions): void {
  const { retry, evict } = options;
  app.post<{ Body: { connection: string; evict?: boolean } }>(
    "/drop",
    { schema: { body } },
    (request, reply) => {
      const dropped = hub.disconnect({ connection: request.body.connection }, { retry });
      if (dropped === 0) {
        const detail = "There is no such connection. Its id is in the data of sse:live.";
        return sendProblem(reply, 404, "unknown-connection", detail);
      }
      if (request.body.evict) setTimeout(evict, retry * evictAfter).unref();
      return reply.send({ retry });
    },
  );
}
