const still = matchMedia("(prefers-reduced-motion: reduce)");

/** Whether the reader wants nothing to move by itself. */
export function wantsStillness() {
  return still.matches;
}

/**
 * Calls back for each new picture: thirty times a second, or once a second where nothing is to move smoothly.
 * @param {(now: number, ease: number) => void} draw gets the time in milliseconds since 1970, and how fast axes may follow (1: at once)
 */
export function animate(draw) {
  let drawn = 0;
  requestAnimationFrame(function frame(time) {
    requestAnimationFrame(frame);
    if (time - drawn < (still.matches ? 1_000 : 32)) return;
    drawn = time;
    draw(Date.now(), still.matches ? 1 : 0.2);
  });
}
