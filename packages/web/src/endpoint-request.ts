import {
  bodyReadBefore,
  bodyTooLarge,
  clientLeft,
  type EndpointRequest,
  GrowingBuffer,
} from "@sse/hub/adapter";

type BodyReader = ReadableStreamDefaultReader<Uint8Array>;

/** Adapts a Fetch request to the hub's endpoints. */
export function endpointRequest(request: Request): EndpointRequest {
  return {
    method: request.method,
    header: (name) => request.headers.get(name) ?? undefined,
    body: async (maxBytes) => {
      if (request.bodyUsed) throw bodyReadBefore();
      if (Number(request.headers.get("content-length")) > maxBytes) throw bodyTooLarge(maxBytes);
      const reader: BodyReader | undefined = request.body?.getReader();
      return reader === undefined ? new Uint8Array() : readBytes(reader, maxBytes);
    },
  };
}

async function readBytes(reader: BodyReader, maxBytes: number): Promise<Uint8Array> {
  const body = new GrowingBuffer();
  for (;;) {
    const { done, value } = await reader.read().catch(() => {
      throw clientLeft();
    });
    if (done) return body.bytes();
    if (body.length + value.byteLength > maxBytes) {
      void discardRest(reader);
      throw bodyTooLarge(maxBytes);
    }
    body.append(value);
  }
}

/**
 * Reads on, because to cancel a request's body resets the connection on some servers, and the
 * answer with it.
 */
async function discardRest(reader: BodyReader): Promise<void> {
  try {
    while (!(await reader.read()).done);
  } catch {
    // The client has left.
  }
}
