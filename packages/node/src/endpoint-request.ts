import { bodyReadBefore, bodyTooLarge, clientLeft, type EndpointRequest } from "@sse/hub/adapter";
import type { NodeRequest } from "./http-types.js";

/**
 * A request as the hub's endpoints take it.
 *
 * @param parsed what a body parser made of the body; `undefined` if none did, then the body is read here.
 */
export function endpointRequest(request: NodeRequest, parsed?: unknown): EndpointRequest {
  return {
    method: request.method ?? "GET",
    header: (name) => {
      const value = request.headers[name];
      return Array.isArray(value) ? value[0] : value;
    },
    body: async (maxBytes) => {
      if (Number(request.headers["content-length"]) > maxBytes) throw bodyTooLarge(maxBytes);
      if (parsed === undefined) return readBytes(request, maxBytes);
      // A parser that leaves bytes has decompressed them: they are not as they came.
      return parsed instanceof Uint8Array ? new TextDecoder().decode(parsed) : parsed;
    },
  };
}

/**
 * Keeps no more than it may. Of a body that is larger, the rest is read and forgotten: a client that is still sending does not look for an
 * answer, and a connection that is closed while bytes are on the way is reset, which can take the answer with it.
 */
function readBytes(request: NodeRequest, maxBytes: number): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    // Neither comes again.
    if (request.readableEnded) return reject(bodyReadBefore());
    if (request.destroyed) return reject(clientLeft());
    const chunks: Buffer[] = [];
    let size = 0;
    // Not an iterator: leaving that early would destroy the socket, and with it the answer.
    request.on("data", (chunk: Buffer) => {
      size += chunk.length;
      if (size <= maxBytes) chunks.push(chunk);
      else {
        chunks.length = 0;
        reject(bodyTooLarge(maxBytes));
      }
    });
    request.on("end", () => resolve(Buffer.concat(chunks)));
    request.on("error", () => reject(clientLeft()));
    request.on("close", () => reject(clientLeft()));
  });
}
