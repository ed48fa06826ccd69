import { afterEach, describe, expect, test } from "vitest";
import { sectionsOf } from "../src/readme/blocks.js";
import { commandsOf } from "../src/readme/commands.js";
import { expectationOf } from "../src/readme/expectation.js";
import { createReadmeProject, type ReadmeProject } from "../src/readme/project.js";
import { isRunnable, runSection } from "../src/readme/run.js";

const FENCE = "```";

function markdown(...parts: (string | [info: string, text: string])[]): string {
  return parts
    .map((part) => (typeof part === "string" ? part : `${FENCE}${part[0]}\n${part[1]}\n${FENCE}`))
    .join("\n\n");
}

describe("blocks", () => {
  test("are found with their intent, their line and their section; others are left out", () => {
    const text = markdown(
      "# One",
      ["sh", "npm i"],
      ["ts check", "a();"],
      "## Two",
      ["js run", "b();"],
      ["console run", "$ c"],
      ["text output", "d"],
      ["json", "{}"],
    );
    expect(sectionsOf(text)).toEqual([
      { title: "", blocks: [] },
      { title: "One", blocks: [{ kind: "program", language: "ts", run: false, text: "a();", line: 8 }] },
      {
        title: "Two",
        blocks: [
          { kind: "program", language: "js", run: true, text: "b();", line: 14 },
          { kind: "commands", text: "$ c", line: 18 },
          { kind: "output", text: "d", line: 22 },
        ],
      },
    ]);
  });

  test("a heading inside a block is text", () => {
    expect(sectionsOf(markdown("# One", ["sh", "# a comment"]))).toHaveLength(2);
  });

  test("a program that does not say whether it runs is refused", () => {
    expect(() => sectionsOf(markdown(["ts", "a();"]))).toThrow('line 1: a program is marked "ts check"');
  });

  test("a block without an end is refused", () => {
    expect(() => sectionsOf(`text\n${FENCE}ts check\na();`)).toThrow("line 2: the block has no end");
  });
});

describe("an expected output", () => {
  test.each([
    ["one\ntwo", "one\ntwo\n"],
    ["id: …\ndata: 1", "id: abc-1\ndata: 1\n"],
    ["id: <id>", "id: abc-1"],
    ["…\nlast", "first\nmiddle\nlast\n"],
    ["first\n…", "first\n"],
    ["a (b)* [c]", "a (b)* [c]\n\n"],
    ["data: 1\n\ndata: 2\n\n", "data: 1\n\ndata: 2\n"],
    ["", "anything\n"],
  ])("%j is met by %j", (block, printed) => {
    expect(expectationOf(block).isMetBy(printed)).toBe(true);
    expect(expectationOf(block).isMetByStartOf(`${printed.trimEnd()}\n\nand more`)).toBe(true);
  });

  test.each([
    ["one", "one\ntwo\n"],
    ["one\ntwo", "one\n"],
    ["one", "not one\n"],
    ["id: <id>", "id: a b\n"],
    ["id: …", "id\n"],
    ["a.c", "abc\n"],
    ["one\n\ntwo", "one\ntwo\n"],
  ])("%j is not met by %j", (block, printed) => {
    expect(expectationOf(block).isMetBy(printed)).toBe(false);
  });

  test("is not met by a line that has only begun", () => {
    expect(expectationOf("data: 1").isMetByStartOf("data: 1")).toBe(false);
  });
});

describe("commands", () => {
  test("are split from what they print, continued lines included", () => {
    expect(commandsOf("$ one \\\n  more\nout\n\n$ two\n$ three\nlast")).toEqual([
      { command: "one \\\n  more", expected: "out\n" },
      { command: "two", expected: "" },
      { command: "three", expected: "last" },
    ]);
  });

  test.each(["out\n$ one", "one"])("%j is refused: it does not begin with a command", (block) => {
    expect(() => commandsOf(block)).toThrow("begins with");
  });
});

describe("running", () => {
  let project: ReadmeProject | undefined;
  afterEach(() => project?.remove());

  async function read(text: string): Promise<{ errors: string[]; run: () => Promise<void> }> {
    const sections = sectionsOf(text);
    const made = await createReadmeProject(sections);
    project = made;
    return {
      errors: made.errors,
      run: async () => {
        for (const section of sections.filter(isRunnable)) await runSection(made, section);
      },
    };
  }

  const server = `import { createServer } from "node:http";
const waiting = new Set();
createServer((req, res) => {
  if (req.method === "POST") {
    for (const client of waiting) client.write("data: posted\\n\\n");
    res.end("sent to " + waiting.size);
  } else {
    waiting.add(res.writeHead(200));
    res.write(": hello\\n\\n");
  }
}).listen(3000, () => console.log("listening on 3000"));`;

  test("a server, a client that stays and one that posts print what the text says", async () => {
    const { errors, run } = await read(
      markdown(
        ["js run", server],
        ["text output", "listening on 3000"],
        ["console run", "$ curl -sN localhost:3000\n: hello\n\ndata: posted"],
        ["console run", "$ curl -s -X POST localhost:3000\nsent to 1"],
      ),
    );
    expect(errors).toEqual([]);
    await expect(run()).resolves.toBeUndefined();
  });

  test("a second program talks to the first one of its section", async () => {
    const client = 'console.log(await (await fetch("http://localhost:3000", { method: "POST" })).text());';
    const { run } = await read(
      markdown(["js run", server], ["ts run", client], ["text output", "sent to 0"]),
    );
    await expect(run()).resolves.toBeUndefined();
  });

  test("a program that neither listens nor ends is stopped once it has printed what the text says", async () => {
    const { run } = await read(
      markdown(["ts run", 'setInterval(() => console.log("tick"), 10);'], ["text output", "tick\ntick"]),
    );
    await expect(run()).resolves.toBeUndefined();
  });

  test("a command that prints something else fails, and the failure shows what it printed", async () => {
    const { run } = await read(markdown(["console run", "$ echo one; echo two\none"]));
    await expect(run()).rejects.toThrow("did not print what is expected. It printed:\none\ntwo");
  });

  test("a program that throws fails, whatever it printed", async () => {
    const { run } = await read(
      markdown(["js run", 'console.log("fine");\nprocess.exit(3);'], ["text output", "fine"]),
    );
    await expect(run()).rejects.toThrow("ended with 3");
  });

  test("a program with a type error is reported with its line in the README", async () => {
    const { errors } = await read(markdown("# Title", ["ts check", 'export const a: number = "text";']));
    expect(errors).toEqual([expect.stringMatching(/^README\.4\.mts\(4,14\): error TS2322/)]);
  });

  test("a program that imports a name which the package does not have is reported, in JavaScript too", async () => {
    const { errors } = await read(markdown(["js check", 'import { nothing } from "@sse/core";\nnothing();']));
    expect(errors).toEqual([expect.stringContaining("has no exported member 'nothing'")]);
  });
});
