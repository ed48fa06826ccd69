/** A page that can be hidden and shown. */
export class FakePage extends EventTarget {
  hidden = false;
  show(shown: boolean): void {
    this.hidden = !shown;
    this.dispatchEvent(new Event("visibilitychange"));
  }
}

/** Runs a test as if on a page. */
export async function withPage(run: (page: FakePage) => Promise<void>): Promise<void> {
  const page = new FakePage();
  Object.assign(globalThis, { document: page });
  try {
    await run(page);
  } finally {
    Reflect.deleteProperty(globalThis, "document");
  }
}
