/** Milliseconds after which a page is shown without its fonts. */
const fontTimeout = 1_500;

/** Resolves when the fonts have loaded: a page that is shown then does not move later. */
export async function fontsLoaded(): Promise<void> {
  const faces = ["Instrument Sans Variable", "Geist Mono Variable"];
  const loaded = Promise.all(faces.map((face) => document.fonts.load(`1rem "${face}"`)));
  await Promise.race([loaded, new Promise((resolve) => setTimeout(resolve, fontTimeout))]);
}
