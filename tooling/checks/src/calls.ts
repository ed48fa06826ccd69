import ts from "typescript-6";
import type { Text } from "./language.js";
import { lineOf, nodesOf, parse } from "./syntax.js";

/** Global functions that fake timers hold back. */
const timers = new Set(["setImmediate", "setInterval", "setTimeout"]);

/**
 * Finds calls of the runtime's timers that bypass a clock that tests can replace, as `file:line`.
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

/**
 * Finds tests that an object of another copy of its package, or of another realm, fails.
 *
 * @param own classes whose objects are never those of another copy or realm.
 */
export function classTests(text: Text, own: readonly string[]): string[] {
  return locations(
    text,
    (node) =>
      ts.isBinaryExpression(node) &&
      node.operatorToken.kind === ts.SyntaxKind.InstanceOfKeyword &&
      !own.includes(node.right.getText()),
  );
}

/** Functions of vitest that accept a time limit. */
const limited = new Set(["afterAll", "afterEach", "beforeAll", "beforeEach", "describe", "it", "test"]);
/**
 * The shortest time limits, in milliseconds, that a busy machine does not reach: of a test or hook,
 * as in vitest.config.ts, and of a wait for one condition.
 */
const minLimits = { test: 600_000, wait: 100_000 };

/** Finds time limits of tests that say something about the speed of the machine. */
export function shortLimits(text: Text): string[] {
  return locations(
    text,
    (node) =>
      ts.isCallExpression(node) &&
      ((isTest(node) && node.arguments.some((argument) => isShortLimit(argument, minLimits.test))) ||
        node.expression.getText() === "vi.setConfig" ||
        (isWait(node) &&
          !node.arguments.some(
            (argument) => hasTimeout(argument) && !isShortLimit(argument, minLimits.wait),
          ))),
  );
}

/** Whether it declares a test or a hook, with a function. */
function isTest(node: ts.CallExpression): boolean {
  return limited.has(rootOf(node.expression)) && node.arguments.some(ts.isFunctionLike);
}

/** Returns `test` for `test.each(rows)`, `test.skipIf(a)` and the like. */
function rootOf(expression: ts.Expression): string {
  if (ts.isCallExpression(expression) || ts.isPropertyAccessExpression(expression))
    return rootOf(expression.expression);
  return ts.isIdentifier(expression) ? expression.text : "";
}

/** Whether it is a wait of vitest, whose default limit is a second. */
function isWait({ expression }: ts.CallExpression): boolean {
  return /^vi\.wait(?:For|Until)$/.test(expression.getText());
}

function isShortLimit(argument: ts.Expression, min: number): boolean {
  if (ts.isNumericLiteral(argument)) return Number(argument.text) < min;
  return timeoutsOf(argument).some(
    ({ initializer }) => ts.isNumericLiteral(initializer) && Number(initializer.text) < min,
  );
}

function hasTimeout(argument: ts.Expression): boolean {
  return ts.isIdentifier(argument) || timeoutsOf(argument).length > 0;
}

function timeoutsOf(argument: ts.Expression): ts.PropertyAssignment[] {
  if (!ts.isObjectLiteralExpression(argument)) return [];
  return argument.properties
    .filter(ts.isPropertyAssignment)
    .filter(({ name }) => name.getText() === "timeout");
}

function locations({ name, text }: Text, isFound: (node: ts.Node) => boolean): string[] {
  const file = parse(name, text);
  return nodesOf(file)
    .filter(isFound)
    .map((node) => `${name}:${lineOf(file, node.getStart())}`);
}
