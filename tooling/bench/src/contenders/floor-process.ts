import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { OwnProcess } from "./own-process.js";

const source = fileURLToPath(new URL("floor.c", import.meta.url));

/** The write loop in C. It is compiled into its folder each time that it starts. */
export const floorProcess: OwnProcess = {
  program: {
    program: "sh",
    arguments: ({ port }) => ["-c", 'cc -O2 -o floor "$0" && exec ./floor "$1"', source, String(port)],
  },
  needs: "The write loop in C needs Linux and cc (on Debian: apt-get install gcc libc6-dev).",
  version: () => {
    if (process.platform !== "linux") return undefined;
    const { stdout } = spawnSync("cc", ["--version"], { encoding: "utf8" });
    return stdout?.split("\n")[0];
  },
};
