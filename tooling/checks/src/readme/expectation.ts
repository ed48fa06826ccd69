/** Compares a text with an expected output and its wildcards. */
export interface Expectation {
  /** Whether the complete text matches. */
  isMetBy(text: string): boolean;
  /** Whether the text begins with the expected output: a program that continues can be stopped. */
  isMetByStartOf(text: string): boolean;
}

/**
 * Reads an expected output. `…` stands for any text within a line, a line with nothing but `…` for
 * any number of lines, and `<word>` for one run of characters without space. A block without lines
 * expects nothing in particular.
 */
export function expectationOf(block: string): Expectation {
  const lines = block.split("\n").filter((_line, index, all) => all.slice(index).some((line) => line !== ""));
  const pattern = lines.map(patternOf).join("");
  const complete = new RegExp(`^${pattern}$`);
  const start = new RegExp(`^${pattern}`);
  return {
    isMetBy: (text) => lines.length === 0 || complete.test(ended(text)),
    isMetByStartOf: (text) => lines.length === 0 || start.test(text),
  };
}

function patternOf(line: string): string {
  if (line === "…") return "(?:.*\\n)*?";
  const escaped = line.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  return `${escaped.replaceAll("…", ".*?").replace(/<\w+>/g, "\\S+")}\\n`;
}

/** Ends in exactly one line end, like the block that it is compared with. */
function ended(text: string): string {
  return `${text.replaceAll("\r\n", "\n").replace(/\n+$/, "")}\n`;
}
