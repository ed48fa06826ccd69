import { readFileSync } from "node:fs";
import { cpus, release, totalmem, type } from "node:os";
import { contenderNames, processOf, titleOf } from "./contenders/index.js";

/** Machine, versions and command behind figures. */
export interface Circumstances {
  date: string;
  command: string;
  machine: string;
  node: string;
  /** Versions of the peers. */
  peers: Record<string, string>;
  /** Whether the server and the load each had a core of their own. */
  pinned: boolean;
}

/** Of this run. */
export function circumstances({ pinned }: { pinned: boolean }): Circumstances {
  const cores = cpus();
  const memory = Math.round(totalmem() / 2 ** 30);
  return {
    date: new Date().toISOString().slice(0, 10),
    command: ["pnpm bench", ...process.argv.slice(2)].join(" "),
    machine: `${cores.length} × ${cores[0]?.model.trim()}, ${memory} GB, ${type()} ${release()}`,
    node: process.version,
    peers: { ...packageVersions(), ...programVersions() },
    pinned,
  };
}

/** They are pinned in the package's manifest. */
function packageVersions(): Record<string, string> {
  const manifest = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as {
    devDependencies: Record<string, string>;
  };
  return Object.fromEntries(
    Object.entries(manifest.devDependencies).filter(([, version]) => /^\d/.test(version)),
  );
}

/** Of the contenders that are programs of their own, where they are installed. */
function programVersions(): Record<string, string> {
  return Object.fromEntries(
    contenderNames.flatMap((name) => {
      const version = processOf(name)?.version();
      return version === undefined ? [] : [[titleOf(name), version]];
    }),
  );
}

/** As lines for people. */
export function describe({ date, command, machine, node, peers, pinned }: Circumstances): string[] {
  const versions = Object.entries(peers).map(([name, version]) => `${name} ${version}`);
  return [
    `${date} · ${command}`,
    `${machine} · Node ${node}`,
    pinned ? "server on one core, load on another" : "server and load share the cores",
    versions.join(", "),
  ];
}
