import { type Comment, commentsOf, parse } from "./syntax.js";

/** A text of the repository: a source file or a document. */
export interface Text {
  /** Relative to the repository, with forward slashes. */
  name: string;
  text: string;
}

interface Finding {
  /** Counted from 1. */
  line: number;
  message: string;
}

/** Column at which comments wrap. */
const commentWidth = 100;
/** Column at which the formatter wraps code, and with it a comment at the end of a line of code. */
const codeWidth = 110;

/** Words that the house does not use. */
const words = wordPattern([
  "nobody|somebody|whoever|whom|anew",
  "signs? of life|farewells?|patience|hand(?:s|ed|ing)? over|le(?:t|ts|tting) go|know(?:s|n)? of|meant for",
]);

const british = wordPattern([
  "(?:behavi|col|fav|hon|neighb|endeav|lab|rum)our\\w*",
  "(?:author|fulfil|initial|local|maxim|minim|normal|optim|organ|prior|random|recogn|serial|sanit|standard|summar" +
    "|synchron|util|visual|central|character|general|emphas|capital)is(?:e[drs]?|ers|ing|ations?)",
  "(?:label|model|travel|signal|marshal)l(?:ed|ing|er)",
  // The state of a run is `cancelled`, as in the protocols of others.
  "(?<![\"'`.])cancell(?:ed|ing|er)(?![\"'`:])",
  "licences?|grey|analys(?:e[ds]?|ing)|catalogues?|centre[ds]?|defence",
]);

const opening = /^(?:What|Who|Whom|Whose|How|Where|When|Why|Which)\b/;
const superlative =
  /\b(?:(?:most|longest|largest|least|fewest)[A-Z]|(?:MOST|LONGEST|LARGEST|LEAST|FEWEST)_)\w*/g;

/** Reports every breach of the language rules in a text, each as `file:line: what is wrong`. */
export function languageFindings({ name, text }: Text): string[] {
  const findings = [
    ...matches(text, words, "not a word of the house"),
    ...matches(text, british, "American spelling"),
  ];
  if (!name.endsWith(".md")) {
    const comments = commentsOf(parse(name, text));
    const lines = text.split("\n");
    findings.push(
      ...comments.flatMap(openingFindings),
      ...comments.flatMap((comment) => widthFindings(comment, lines)),
    );
    findings.push(...matches(text, superlative, "write max or min"));
  }
  return findings.map(({ line, message }) => `${name}:${line}: ${message}`);
}

function wordPattern(alternatives: string[]): RegExp {
  return new RegExp(`\\b(?:${alternatives.join("|")})\\b`, "gi");
}

function matches(text: string, pattern: RegExp, advice: string): Finding[] {
  return [...text.matchAll(pattern)].map(({ 0: word, index }) => ({
    line: text.slice(0, index).split("\n").length,
    message: `"${word}": ${advice}`,
  }));
}

/** Finds a doc comment that begins with a clause instead of a sentence with a subject. */
function openingFindings({ doc, line, text }: Comment): Finding[] {
  const content = text.replace(/^\/\*\*[\s*]*/, "");
  const clause = opening.exec(content)?.[0];
  return doc && clause !== undefined ? [{ line, message: `"${clause} …": begin with the subject` }] : [];
}

/**
 * Finds the lines of a comment that are too long, unless a single word without spaces is the
 * reason.
 */
function widthFindings(comment: Comment, lines: readonly string[]): Finding[] {
  return comment.text.split("\n").flatMap((_, offset) => {
    const line = comment.line + offset;
    const whole = lines[line - 1] ?? "";
    const limit = /^\s*(?:\/\/|\/?\*)/.test(whole) ? commentWidth : codeWidth;
    const breakable = whole.trim().split(" ").length > 3;
    return whole.length > limit && breakable
      ? [{ line, message: `wrap at ${limit}, not ${whole.length}` }]
      : [];
  });
}
