/** Calls back when the page is hidden or shown, and at once if it is hidden now. Returns what ends it. Without a page, nothing happens. */
export function watchVisibility(onHidden: () => void, onShown: () => void): () => void {
  const page = globalThis.document;
  if (!page) return () => {};
  const tell = () => (page.hidden ? onHidden() : onShown());
  page.addEventListener("visibilitychange", tell);
  if (page.hidden) onHidden();
  return () => page.removeEventListener("visibilitychange", tell);
}
