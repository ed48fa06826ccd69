import { gzipSync } from "node:zlib";
import type { Page } from "playwright-core";

/** The files that a page has loaded. */
export interface Loaded {
  readonly requests: number;
  /** Bytes, texts compressed by gzip. */
  readonly bytes: number;
  /** Addresses outside the page's own server. */
  readonly foreign: string[];
}

/** Counts what a page loads, streams aside. Call it before the page loads. */
export function countLoaded(page: Page): () => Promise<Loaded> {
  const bodies: Promise<number>[] = [];
  const addresses: string[] = [];
  page.on("response", (response) => {
    addresses.push(response.url());
    const type = response.headers()["content-type"] ?? "";
    if (type.startsWith("text/event-stream")) return;
    const size = async (): Promise<number> => {
      // A response without a body, such as one to a POST, has none to read.
      const body = await response.body().catch(() => Buffer.alloc(0));
      return type.startsWith("font/") ? body.byteLength : gzipSync(body).byteLength;
    };
    bodies.push(size());
  });
  return async () => {
    const sizes = await Promise.all(bodies);
    const { origin } = new URL(page.url());
    return {
      requests: addresses.length,
      bytes: sizes.reduce((sum, size) => sum + size, 0),
      foreign: addresses.filter((address) => !address.startsWith(origin)),
    };
  };
}
