/**
 * Calls back when the page is hidden or shown, until the signal aborts, and at once if it is hidden
 * now. Does nothing where there is no page.
 */
export function watchVisibility(onHidden: () => void, onShown: () => void, signal: AbortSignal): void {
  const page = globalThis.document;
  page?.addEventListener("visibilitychange", () => (page.hidden ? onHidden() : onShown()), { signal });
  if (page?.hidden) onHidden();
}
