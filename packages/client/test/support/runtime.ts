/** Whether the tests run on Node, whose `fetch` refuses what those of Bun and Deno try to send. */
export const isNode: boolean = !("Bun" in globalThis || "Deno" in globalThis);
