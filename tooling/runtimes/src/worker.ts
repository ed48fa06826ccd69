import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";

/** Settings of a worker that differ between the programs. */
export interface WorkerSettings {
  /** The compatibility date, which decides what the runtime offers. */
  readonly date: string;
  readonly flags?: readonly string[];
  /** Whether it has a Durable Object, the class `Room`. */
  readonly room: boolean;
}

/** Returns the arguments of workerd for a worker, which is bundled. */
export async function bundleWorker(
  folder: string,
  file: string,
  port: number,
  { date, flags = [], room }: WorkerSettings,
): Promise<string[]> {
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
      services = [
        (name = "main", worker = .worker),
        (name = "internet", network = (allow = ["public", "private"])),
      ],
      sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "main")]
    );
    const worker :Workerd.Worker = (
      modules = [(name = "worker.js", esModule = embed "worker.js")],
      compatibilityDate = "${date}",
      compatibilityFlags = ${JSON.stringify(flags)},
      ${room ? durableObject : ""}
    );`,
  );
  return ["serve", config];
}

const durableObject = `durableObjectNamespaces = [(className = "Room", uniqueKey = "room")],
      durableObjectStorage = (inMemory = void),
      bindings = [(name = "ROOM", durableObjectNamespace = "Room")]`;
