/** A program, on the runtime that it is for. */
export interface Recipe {
  readonly name: string;
  /** The program in `npm/recipes`, or the one that the application in `frameworks` is built to. */
  readonly file: string;
  readonly runtime: string;
  /** The package that its room is made with. Default: `@sse/web`. */
  readonly adapter?: Adapter;
  /** Whether CI runs it. Default false. */
  readonly quick?: boolean;
  /** The framework whose application has to be built. Default: none. */
  readonly framework?: Framework;
}

/** The package that serves a room: over Fetch, or over Node's own requests. */
export type Adapter = "@sse/web" | "@sse/node";

/** An application that a framework builds, in a folder of `frameworks`. */
export interface Framework {
  readonly folder: string;
  /** The file of its room. */
  readonly room: string;
  /** The program in its `node_modules` that builds it, and the arguments. */
  readonly build: readonly string[];
  /** Arguments of the program that serves it. Default: none. */
  readonly args?: readonly string[];
}

export const recipes: readonly Recipe[] = [
  { name: "Node, `@sse/node`", file: "node.mjs", runtime: "Node 20", adapter: "@sse/node" },
  { name: "Node, `@sse/node`", file: "node.mjs", runtime: "Node 26", adapter: "@sse/node", quick: true },
  { name: "Hono on Node", file: "hono.mjs", runtime: "Node 20" },
  { name: "Hono on Node", file: "hono.mjs", runtime: "Node 26", quick: true },
  { name: "Hono on Bun", file: "hono-bun.mjs", runtime: "Bun" },
  { name: "Hono on Deno", file: "hono-deno.mjs", runtime: "Deno" },
  { name: "Bun.serve", file: "bun.mjs", runtime: "Bun", quick: true },
  { name: "Deno.serve", file: "deno.mjs", runtime: "Deno", quick: true },
  { name: "h3 v2", file: "h3.mjs", runtime: "Node 20", quick: true },
  { name: "Elysia on Bun", file: "elysia-bun.mjs", runtime: "Bun" },
  { name: "Elysia on Node", file: "elysia-node.mjs", runtime: "Node 20" },
  {
    name: "Next.js",
    file: "node_modules/next/dist/bin/next",
    runtime: "Node 20",
    framework: {
      folder: "next",
      room: "app/room.mjs",
      build: ["next", "build"],
      args: ["start", "--hostname", "127.0.0.1"],
    },
  },
  {
    name: "SvelteKit",
    file: "build/index.js",
    runtime: "Node 20",
    framework: {
      folder: "sveltekit",
      room: "src/lib/room.mjs",
      build: ["vite", "build"],
    },
  },
  {
    name: "React Router",
    file: "node_modules/@react-router/serve/bin.js",
    runtime: "Node 20",
    framework: {
      folder: "react-router",
      room: "app/room.mjs",
      build: ["react-router", "build"],
      args: ["build/server/index.js"],
    },
  },
  {
    name: "Nitro 2, `fromNodeMiddleware`",
    adapter: "@sse/node",
    file: ".output/server/index.mjs",
    runtime: "Node 20",
    framework: {
      folder: "nitro",
      room: "server/room.mjs",
      build: ["nitropack", "build"],
    },
  },
  { name: "a Durable Object", file: "durable-object.mjs", runtime: "workerd", quick: true },
];
