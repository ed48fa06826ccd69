import ts from "typescript-6";

/** A comment of a source file. */
export interface Comment {
  /** The line of its first character, counted from 1. */
  line: number;
  /** As written, with its delimiters. */
  text: string;
  /** Whether it begins with two asterisks. */
  doc: boolean;
}

const parsed = new Map<string, ts.SourceFile>();

/** Parses TypeScript or JavaScript with TypeScript 6, the newest version with a compiler API. */
export function parse(name: string, text: string): ts.SourceFile {
  const key = `${name}\n${text}`;
  const known = parsed.get(key);
  if (known !== undefined) return known;
  const file = ts.createSourceFile(name, text, ts.ScriptTarget.Latest, true);
  parsed.set(key, file);
  return file;
}

/** Returns every node below `root`, parents first, tokens and comments excluded. */
export function nodesOf(root: ts.Node): ts.Node[] {
  const nodes: ts.Node[] = [];
  const visit = (node: ts.Node): void => {
    nodes.push(node);
    ts.forEachChild(node, visit);
  };
  ts.forEachChild(root, visit);
  return nodes;
}

/**
 * Returns every token below `root`; a comment belongs to the token after it, or ends the line of
 * the one before.
 */
function* tokensOf(root: ts.Node): Generator<ts.Node> {
  if (root.kind <= ts.SyntaxKind.LastToken) yield root;
  else for (const child of root.getChildren()) if (!ts.isJSDoc(child)) yield* tokensOf(child);
}

/** Returns the comments of a file in the order of their appearance. */
export function commentsOf(file: ts.SourceFile): Comment[] {
  const ranges = new Map<number, ts.CommentRange>();
  for (const node of tokensOf(file)) {
    const leading = ts.getLeadingCommentRanges(file.text, node.pos) ?? [];
    const trailing = ts.getTrailingCommentRanges(file.text, node.end) ?? [];
    for (const range of [...leading, ...trailing]) ranges.set(range.pos, range);
  }
  return [...ranges.values()]
    .sort((a, b) => a.pos - b.pos)
    .map(({ pos, end }) => {
      const text = file.text.slice(pos, end);
      return { line: lineOf(file, pos), text, doc: text.startsWith("/**") };
    });
}

/** Returns the line of a position, counted from 1. */
export function lineOf(file: ts.SourceFile, position: number): number {
  return file.getLineAndCharacterOfPosition(position).line + 1;
}
