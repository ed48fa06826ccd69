import type { ServerResponse } from "node:http";
import type { Payload } from "../payload.js";

/** Sends the head of a hand-written server. */
export function sendHead(response: ServerResponse): void {
  response.writeHead(200, { "Content-Type": "text/event-stream", "Cache-Control": "no-cache" });
  response.flushHeaders();
}

export function encode(id: number, data: Payload): string {
  return `id: ${id}\ndata: ${JSON.stringify(data)}\n\n`;
}
