import { checkSync } from "recheck";
import ts from "typescript-6";
import type { Text } from "./language.js";
import { growsFasterThanInput } from "./match-steps.js";
import { lineOf, nodesOf, parse } from "./syntax.js";

/** A regular expression literal of a source file. */
export interface RegularExpression {
  /** `file:line`. */
  location: string;
  source: string;
  flags: string;
}

/** Returns the regular expression literals of a source file. */
export function regularExpressionsOf({ name, text }: Text): RegularExpression[] {
  const file = parse(name, text);
  return nodesOf(file)
    .filter(ts.isRegularExpressionLiteral)
    .map((node) => {
      const end = node.text.lastIndexOf("/");
      const location = `${name}:${lineOf(file, node.getStart())}`;
      return { location, source: node.text.slice(1, end), flags: node.text.slice(end + 1) };
    });
}

/**
 * Returns an input on which the time grows faster than its length, or `undefined` when none was
 * found. The static analysis looks at one match; a global expression is also run over inputs,
 * because matches that are cheap to find can cost too much together.
 */
export function attackOn(expression: RegularExpression): string | undefined {
  const { source, flags } = expression;
  const unbounded = source.replace(/\{\d+,\d{2,}\}/g, "*"); // as safe, and quick to analyze
  const attack = staticAttack(unbounded, flags) && staticAttack(source, flags);
  return attack ?? (flags.includes("g") ? growsFasterThanInput(source, flags) : undefined);
}

function staticAttack(source: string, flags: string): string | undefined {
  process.env["RECHECK_BACKEND"] = "pure"; // in this process, without a binary or a Java machine
  const result = checkSync(source, flags, { timeout: null });
  if (result.status === "safe") return undefined;
  return result.status === "vulnerable" ? result.attack.pattern : "undecided: write it simpler";
}
