import type { StartContender } from "./contender.js";

/** What takes part, in the order of the table. Each is loaded only in the server process that runs it. */
export const contenders = {
  sse: { title: "@sse/node (this project)", load: () => import("./sse.js") },
  "better-sse": { title: "better-sse", load: () => import("./better-sse.js") },
  "fastify-sse": { title: "@fastify/sse", load: () => import("./fastify-sse.js") },
  hono: { title: "hono streamSSE", load: () => import("./hono.js") },
  "bare-write": { title: "bare res.write(string)", load: () => import("./bare-write.js") },
  "raw-frames": { title: "bare socket.write(shared frame)", load: () => import("./raw-frames.js") },
} satisfies Record<string, { title: string; load: () => Promise<{ start: StartContender }> }>;

export type ContenderName = keyof typeof contenders;

export const contenderNames = Object.keys(contenders) as ContenderName[];

/** What a reader is told. Not only these are in tables: what has no title is its own. */
export function titleOf(name: string): string {
  return name in contenders ? contenders[name as ContenderName].title : name;
}
