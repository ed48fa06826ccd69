import type { FastifyInstance } from "fastify";

/** The number of ports that are tried. */
const attempts = 100;

/** Listens on a port of this machine, or on the next free one; 0 is any. Returns the port. */
export async function listen(app: FastifyInstance, port: number): Promise<number> {
  for (let candidate = port; ; candidate++) {
    try {
      const url = await app.listen({ host: "127.0.0.1", port: candidate });
      return Number(new URL(url).port);
    } catch (error) {
      const taken = error instanceof Error && "code" in error && error.code === "EADDRINUSE";
      if (!taken || candidate === port + attempts) throw error;
    }
  }
}
