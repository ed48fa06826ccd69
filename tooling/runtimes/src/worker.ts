import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";

/** Returns the arguments of workerd for a worker with one Durable Object. */
export async function bundleWorker(folder: string, file: string, port: number): Promise<string[]> {
  await build({
    entryPoints: [join(folder, file)],
    outfile: join(folder, "worker.js"),
    bundle: true,
    format: "esm",
    platform: "neutral",
    mainFields: ["module", "main"],
    external: ["cloudflare:workers"],
    logLevel: "error",
  });
  const config = join(folder, "worker.capnp");
  writeFileSync(
    config,
    `using Workerd = import "/workerd/workerd.capnp";
    const config :Workerd.Config = (
      services = [(name = "main", worker = .worker)],
      sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "main")]
    );
    const worker :Workerd.Worker = (
      modules = [(name = "worker.js", esModule = embed "worker.js")],
      compatibilityDate = "2026-01-01",
      durableObjectNamespaces = [(className = "Room", uniqueKey = "room")],
      durableObjectStorage = (inMemory = void),
      bindings = [(name = "ROOM", durableObjectNamespace = "Room")]
    );`,
  );
  return ["serve", config];
}
