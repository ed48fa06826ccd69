import ts from "typescript-6";
import type { Text } from "./language.js";
import { lineOf, nodesOf, parse } from "./syntax.js";

/** A class or a function of a source file, with its size. */
export interface Sized {
  /** `file:line name`. */
  name: string;
  size: number;
  /** The comments directly before it. */
  comment: string;
}

/** Counts the members of each class: fields, methods and accessors. */
export function classesOf({ name, text }: Text): Sized[] {
  const file = parse(name, text);
  return nodesOf(file)
    .filter(ts.isClassLike)
    .map((node) => ({
      name: `${name}:${lineOf(file, node.getStart())} ${node.name?.text ?? ""}`.trim(),
      size: node.members.length,
      comment: commentBefore(node),
    }));
}

/** Counts the lines of each function, method and accessor that has a body. */
export function functionsOf({ name, text }: Text): Sized[] {
  const file = parse(name, text);
  return nodesOf(file)
    .filter(isFunctionWithBody)
    .map((node) => ({
      name: `${name}:${lineOf(file, node.getStart())} ${node.name?.getText() ?? ""}`.trim(),
      size: lineOf(file, node.end) - lineOf(file, node.getStart()) + 1,
      comment: commentBefore(node),
    }));
}

type FunctionWithBody = ts.FunctionLikeDeclaration & { body: ts.Block };

/**
 * Whether it has a block of its own; an arrow function with a single expression is part of its
 * line.
 */
function isFunctionWithBody(node: ts.Node): node is FunctionWithBody {
  const body = ts.isFunctionLike(node) && "body" in node ? node.body : undefined;
  return body !== undefined && ts.isBlock(body);
}

function commentBefore(node: ts.Node): string {
  return node.getFullText().slice(0, node.getStart() - node.getFullStart());
}
