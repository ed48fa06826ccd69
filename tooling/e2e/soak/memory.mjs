// What the soaks measure. They need `node --expose-gc`.

/** Bytes that this process holds after everything that can go has gone. */
export async function settledMemory() {
  if (globalThis.gc === undefined) throw new Error("run this with node --expose-gc");
  for (let round = 0; round < 4; round += 1) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    globalThis.gc();
  }
  const { heapUsed, external } = process.memoryUsage();
  return { heapUsed, external };
}

/** @param {number} bytes */
export function mebibytes(bytes) {
  return `${(bytes / 1024 / 1024).toFixed(2)} MiB`;
}

/**
 * Ends the process: with 1 if something does not hold.
 * @param {Record<string, boolean>} checks
 */
export function conclude(checks) {
  const failed = Object.keys(checks).filter((name) => !checks[name]);
  for (const name of failed) console.error(`does not hold: ${name}`);
  console.log(failed.length === 0 ? "all holds" : `${failed.length} of ${Object.keys(checks).length} fail`);
  process.exit(failed.length === 0 ? 0 : 1);
}
