import type { StartContender } from "./contender.js";
import { floorProcess } from "./floor-process.js";
import { nchanProcess } from "./nchan-process.js";
import type { OwnProcess } from "./own-process.js";

interface Entry {
  /** Name in tables. */
  title: string;
  load(): Promise<{ start: StartContender }>;
  /**
   * Whether it has nothing but runs, so that it takes part only where it is named. Default false.
   */
  runsOnly?: boolean;
  /** A process that is started for it. Default: none, it serves in the process that loads it. */
  process?: OwnProcess;
}

/**
 * The contenders, in the order of the table. Each is loaded only in the server process that runs
 * it.
 */
export const contenders = {
  sse: { title: "@sse/node (this project)", load: () => import("./sse.js") },
  stream: { title: "@sse/node stream.send", load: () => import("./stream.js") },
  "better-sse": { title: "better-sse", load: () => import("./better-sse.js") },
  "fastify-sse": { title: "@fastify/sse", load: () => import("./fastify-sse.js") },
  hono: { title: "hono streamSSE", load: () => import("./hono.js") },
  "resumable-stream": {
    title: "resumable-stream",
    load: () => import("./resumable-stream.js"),
    runsOnly: true,
  },
  "bare-write": { title: "bare res.write(string)", load: () => import("./bare-write.js") },
  "raw-frames": { title: "bare socket.write(shared frame)", load: () => import("./raw-frames.js") },
  nchan: { title: "nginx nchan", load: () => import("./nchan.js"), process: nchanProcess },
  floor: { title: "write loop in C", load: () => import("./floor.js"), process: floorProcess },
} satisfies Record<string, Entry>;

export type ContenderName = keyof typeof contenders;

export const contenderNames = Object.keys(contenders) as ContenderName[];

/** The contenders that take part where a scenario names none. */
export const generalContenders: readonly ContenderName[] = contenderNames.filter(
  (name) => !("runsOnly" in contenders[name]),
);

/** The program that serves for a contender, if it has one. */
export function processOf(name: ContenderName): OwnProcess | undefined {
  const entry: Entry = contenders[name];
  return entry.process;
}

/**
 * Returns the program that a contender needs and this machine lacks; `undefined` if there is none.
 */
export function missing(name: ContenderName): string | undefined {
  const own = processOf(name);
  return own === undefined || own.version() !== undefined ? undefined : own.needs;
}

/** Returns the name in tables: the title, or the name itself for one without a title. */
export function titleOf(name: string): string {
  return name in contenders ? contenders[name as ContenderName].title : name;
}
