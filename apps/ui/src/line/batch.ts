/** Milliseconds between two updates of a page that is hidden, where no frame is painted. */
const hiddenInterval = 500;

/**
 * Returns a function that calls back once with the next frame, however often it is called before.
 *
 * @param interval milliseconds before that frame: for numbers that change too fast to be read.
 */
export function oncePerFrame(callback: () => void, interval = 0): () => void {
  let isDue = false;
  const run = (): void => {
    isDue = false;
    callback();
  };
  return () => {
    if (isDue) return;
    isDue = true;
    if (document.visibilityState !== "visible") setTimeout(run, hiddenInterval);
    else if (interval > 0) setTimeout(() => requestAnimationFrame(run), interval);
    else requestAnimationFrame(run);
  };
}
