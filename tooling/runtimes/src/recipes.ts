/** A program in `npm/recipes`, on the runtime that it is for. */
export interface Recipe {
  readonly name: string;
  readonly file: string;
  readonly runtime: string;
  /** Whether CI runs it. Default false. */
  readonly quick?: boolean;
}

export const recipes: readonly Recipe[] = [
  { name: "Hono on Node", file: "hono.mjs", runtime: "Node 20" },
  { name: "Hono on Node", file: "hono.mjs", runtime: "Node 26", quick: true },
  { name: "Hono on Bun", file: "hono-bun.mjs", runtime: "Bun" },
  { name: "Hono on Deno", file: "hono-deno.mjs", runtime: "Deno" },
  { name: "Bun.serve", file: "bun.mjs", runtime: "Bun", quick: true },
  { name: "Deno.serve", file: "deno.mjs", runtime: "Deno", quick: true },
  { name: "h3 v2", file: "h3.mjs", runtime: "Node 20", quick: true },
  { name: "Elysia on Bun", file: "elysia-bun.mjs", runtime: "Bun" },
  { name: "Elysia on Node", file: "elysia-node.mjs", runtime: "Node 20" },
  { name: "a Durable Object", file: "durable-object.mjs", runtime: "workerd", quick: true },
];
