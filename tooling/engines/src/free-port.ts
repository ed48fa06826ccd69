import { once } from "node:events";
import { createServer } from "node:net";

/** The ports from which free ones are chosen. */
const lowest = 12_000;
const highest = 32_000;

/**
 * Returns a free port of 127.0.0.1, below those that systems assign to outgoing connections: a
 * server that is restarted on it finds it free.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = lowest + Math.floor(Math.random() * (highest - lowest));
    if (await isFree(port)) return port;
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  try {
    server.listen(port, "127.0.0.1");
    await once(server, "listening");
  } catch {
    return false;
  }
  await new Promise((resolve) => server.close(resolve));
  return true;
}
