import type { FastifyInstance } from "fastify";

/** How many ports are tried. */
const attempts = 100;

/** Listens on a port of this machine, or on the next one that is free. Answers the port; 0 asks for any. */
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
