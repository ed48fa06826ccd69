import {
  bodyReadBefore,
  bodyTooLarge,
  clientLeft,
  type EndpointRequest,
  GrowingBuffer,
} from "@sse/hub/adapter";
import type { NodeRequest } from "./http-types.js";

/**
 * Returns a request in the form that the hub's endpoints expect.
 *
 * @param parsed the result of a body parser; `undefined` if there was none, then the body is read
 * here.
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
      // A parser that leaves bytes has decompressed them: they differ from the bytes as sent.
      return ArrayBuffer.isView(parsed) ? new TextDecoder().decode(parsed) : parsed;
    },
  };
}

/**
 * Reads a body up to a limit. The rest of a larger one is read and dropped: a client that is still
 * sending reads no response, and closing a connection with bytes under way resets it, which can
 * lose the response.
 */
function readBytes(request: NodeRequest, maxBytes: number): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    // Neither event is emitted again.
    if (request.readableEnded) return reject(bodyReadBefore());
    if (request.destroyed) return reject(clientLeft());
    const body = new GrowingBuffer();
    // Not an iterator: leaving that early would destroy the socket, and the response with it.
    request.on("data", (chunk: Buffer) => {
      if (body.length + chunk.length <= maxBytes) return body.append(chunk);
      body.discard();
      reject(bodyTooLarge(maxBytes));
    });
    request.on("end", () => resolve(body.bytes()));
    request.on("error", () => reject(clientLeft()));
    request.on("close", () => reject(clientLeft()));
  });
}
