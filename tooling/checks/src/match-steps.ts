import { type AST, parseRegExpLiteral, visitRegExpAST } from "@eslint-community/regexpp";

/** Numbers of repetitions whose costs are compared. */
const [few, many] = [24, 48];
/** A linear cost doubles with the input, a quadratic one becomes four times as high. */
const allowedGrowth = 3;

/**
 * Returns an input, as `prefix + pump × n + suffix`, on which all matches of a global expression
 * together cost more steps than its length explains; `undefined` when no such input was found.
 */
export function growsFasterThanInput(source: string, flags: string): string | undefined {
  const pattern = parseRegExpLiteral(new RegExp(source, flags)).pattern;
  const letters = lettersOf(pattern);
  const pumps = letters.flatMap((a) => [a, ...letters.map((b) => a + b)]);
  for (const pump of pumps) {
    for (const prefix of ["", ...letters]) {
      for (const suffix of ["", ...letters]) {
        const cost = (count: number): number => stepsOf(pattern, prefix + pump.repeat(count) + suffix);
        if (cost(many) > allowedGrowth * cost(few)) return JSON.stringify([prefix, pump, suffix]);
      }
    }
  }
  return undefined;
}

/**
 * Returns the characters that a pattern names, the ends of its ranges, and one that it does not
 * name.
 */
function lettersOf(pattern: AST.Pattern): string[] {
  const letters = new Set(["\u2603"]);
  visitRegExpAST(pattern, {
    onCharacterEnter: ({ value }) => letters.add(String.fromCodePoint(value)),
    onCharacterSetEnter: ({ kind }) => letters.add(kind === "space" ? " " : kind === "digit" ? "0" : "a"),
  });
  return [...letters];
}

/** Counts the attempts to match a character over all matches of a pattern in an input. */
function stepsOf(pattern: AST.Pattern, input: string): number {
  let steps = 0;

  function step(): void {
    steps += 1;
  }

  for (let start = 0; start <= input.length; ) {
    let end = -1;
    alternatives(pattern.alternatives, start, (position) => {
      end = position;
      return true;
    });
    start = Math.max(end, start + 1);
  }
  return steps;

  type Continue = (position: number) => boolean;

  function alternatives(list: readonly AST.Alternative[], at: number, then: Continue): boolean {
    return list.some(({ elements }) => sequence(elements, 0, at, then));
  }

  function sequence(elements: readonly AST.Element[], index: number, at: number, then: Continue): boolean {
    const element = elements[index];
    return element === undefined
      ? then(at)
      : single(element, at, (next) => sequence(elements, index + 1, next, then));
  }

  function single(element: AST.Element, at: number, then: Continue): boolean {
    switch (element.type) {
      case "Group":
      case "CapturingGroup":
        return alternatives(element.alternatives, at, then);
      case "Quantifier":
        return repeated(element, 0, at, then);
      case "Assertion":
        return holds(element, at) && then(at);
      case "Character":
      case "CharacterClass":
      case "CharacterSet":
        step();
        return at < input.length && new RegExp(`^${element.raw}`, "s").test(input.charAt(at)) && then(at + 1);
      default:
        throw new Error(`Not supported by this check: ${element.raw}`);
    }
  }

  function repeated(quantifier: AST.Quantifier, count: number, at: number, then: Continue): boolean {
    const { min, max, greedy, element } = quantifier;
    const more = (): boolean =>
      count < max &&
      single(element, at, (next) => next !== at && repeated(quantifier, count + 1, next, then));
    if (count < min) return more();
    return greedy ? more() || then(at) : then(at) || more();
  }

  function holds(assertion: AST.Assertion, at: number): boolean {
    if (assertion.kind === "start") return at === 0;
    if (assertion.kind === "end") return at === input.length;
    if (assertion.kind === "lookahead")
      return alternatives(assertion.alternatives, at, () => true) !== assertion.negate;
    throw new Error(`Not supported by this check: ${assertion.raw}`);
  }
}
