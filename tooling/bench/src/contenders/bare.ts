import type { ServerResponse } from "node:http";

/** What a hand-written server sends first. */
export function sendHead(response: ServerResponse): void {
  response.writeHead(200, { "Content-Type": "text/event-stream", "Cache-Control": "no-cache" });
  response.flushHeaders();
}

export function encode(id: number, data: string): string {
  return `id: ${id}\ndata: ${data}\n\n`;
}
