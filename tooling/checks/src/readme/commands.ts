/** A command of a `console run` block and the output below it. */
export interface Command {
  command: string;
  expected: string;
}

/** Splits a block at its `$ ` lines; a command continues in the next line after a backslash. */
export function commandsOf(block: string): Command[] {
  const [head = "", ...rest] = `\n${block}`.split("\n$ ");
  if (head.trim() !== "" || rest.length === 0)
    throw new Error('a "console run" block begins with "$ " and a command');
  return rest.map((part) => {
    const [, command = "", expected = ""] = /^((?:.*\\\n)*.*)\n?([\s\S]*)$/.exec(part) ?? [];
    return { command, expected };
  });
}
