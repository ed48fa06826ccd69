/** Milliseconds between two updates of a page that is hidden, where no frame is painted. */
const hiddenInterval = 500;

/**
 * Returns a function that calls back once with the next frame, however often it is called before.
 */
export function oncePerFrame(callback: () => void): () => void {
  let isDue = false;
  const run = (): void => {
    isDue = false;
    callback();
  };
  return () => {
    if (isDue) return;
    isDue = true;
    if (document.visibilityState === "visible") requestAnimationFrame(run);
    else setTimeout(run, hiddenInterval);
  };
}
