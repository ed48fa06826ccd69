import type { Page } from "playwright-core";

/**
 * Returns the elements that are wider than the window: that widen the page, or that are cut off.
 */
export function overflowing(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const width = document.documentElement.clientWidth;
    const visible = [...document.body.querySelectorAll("*")].filter((element) =>
      element.checkVisibility({ visibilityProperty: true }),
    );
    const wide = visible.filter((element) => {
      const { left, right } = element.getBoundingClientRect();
      return left < -0.5 || right > width + 0.5;
    });
    const names = wide.map(({ tagName, id, className }) => `${tagName}#${id}.${String(className)}`);
    return document.documentElement.scrollWidth > width ? ["the page", ...names] : names;
  });
}

/**
 * Texts whose contrast against what is behind them is below that of WCAG 2.2 AA: 4.5, or 3 for
 * large text. What is switched off and what only screen readers see does not count.
 */
export function lowContrast(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = 1;
    const context = canvas.getContext("2d", { willReadFrequently: true });
    if (context === null) throw new Error("no canvas");

    /** Returns the color of a pixel after all colors are painted over each other. */
    const paint = (colors: string[]): number[] => {
      context.fillStyle = "#fff";
      context.fillRect(0, 0, 1, 1);
      for (const color of colors) {
        context.fillStyle = color;
        context.fillRect(0, 0, 1, 1);
      }
      return [...context.getImageData(0, 0, 1, 1).data].slice(0, 3);
    };
    const luminance = (rgb: number[]): number => {
      const [red = 0, green = 0, blue = 0] = rgb.map((value) =>
        value <= 10 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4,
      );
      return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    };
    const ratio = (one: number[], other: number[]): number => {
      const [dark = 0, light = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b);
      return (light + 0.05) / (dark + 0.05);
    };
    const groundsOf = (element: Element): string[] => {
      const own = getComputedStyle(element).backgroundColor;
      return element.parentElement === null ? [own] : [...groundsOf(element.parentElement), own];
    };

    const findings: string[] = [];
    for (const element of document.body.querySelectorAll("*")) {
      const text = [...element.childNodes].filter(({ nodeType }) => nodeType === Node.TEXT_NODE);
      const content = text
        .map((node) => node.textContent ?? "")
        .join("")
        .trim();
      const shown = element.checkVisibility({ opacityProperty: true, visibilityProperty: true });
      const off = element.closest("[aria-disabled=true], :disabled, .hidden, noscript") !== null;
      if (content === "" || !shown || off) continue;
      const { color, fontSize, fontWeight } = getComputedStyle(element);
      const size = Number.parseFloat(fontSize);
      const large = size >= 24 || (size >= 18.66 && Number(fontWeight) >= 700);
      const grounds = groundsOf(element);
      const contrast = ratio(paint([...grounds, color]), paint(grounds));
      if (contrast < (large ? 3 : 4.5)) findings.push(`${contrast.toFixed(2)}: ${content}`);
    }
    return findings;
  });
}

/**
 * Starts to add up how much of the page moves without having been asked to (cumulative layout
 * shift). Call it before the page loads.
 */
export async function watchLayout(page: Page): Promise<() => Promise<number>> {
  await page.addInitScript(() => {
    const scope = globalThis as unknown as { layoutShift: number };
    scope.layoutShift = 0;
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries() as (PerformanceEntry & {
        value: number;
        hadRecentInput: boolean;
      })[]) {
        if (!entry.hadRecentInput) scope.layoutShift += entry.value;
      }
    }).observe({ type: "layout-shift", buffered: true });
  });
  return () => page.evaluate(() => (globalThis as unknown as { layoutShift: number }).layoutShift);
}
