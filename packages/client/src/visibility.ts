/** Calls back when the page is hidden or shown, until the signal, and at once if it is hidden now. Without a page, nothing happens. */
export function watchVisibility(onHidden: () => void, onShown: () => void, signal: AbortSignal): void {
  const page = globalThis.document;
  page?.addEventListener("visibilitychange", () => (page.hidden ? onHidden() : onShown()), { signal });
  if (page?.hidden) onHidden();
}
