import ts from "typescript-6";
import type { Text } from "./language.js";
import { lineOf, nodesOf, parse } from "./syntax.js";

/** Global functions that schedule work by the wall clock of the process. */
const timers = new Set(["setTimeout", "setInterval"]);

/**
 * Finds calls of the runtime's timers that go past a clock that tests can replace, as `file:line`.
 */
export function bareTimers(text: Text): string[] {
  return locations(
    text,
    (node) =>
      ts.isCallExpression(node) && ts.isIdentifier(node.expression) && timers.has(node.expression.text),
  );
}

/** Finds reads of the time of day, which steps when the clock is set. */
export function datesRead(text: Text): string[] {
  return locations(
    text,
    (node) =>
      ts.isPropertyAccessExpression(node) && node.name.text === "now" && node.getText() === "Date.now",
  );
}

/** Finds tests that an error of another copy of the package fails. */
export function classTests(text: Text): string[] {
  return locations(
    text,
    (node) =>
      ts.isBinaryExpression(node) &&
      node.operatorToken.kind === ts.SyntaxKind.InstanceOfKeyword &&
      node.right.getText() === "SseError",
  );
}

function locations({ name, text }: Text, isFound: (node: ts.Node) => boolean): string[] {
  const file = parse(name, text);
  return nodesOf(file)
    .filter(isFound)
    .map((node) => `${name}:${lineOf(file, node.getStart())}`);
}
