/** One row of the matrix: some of the tests. */
export interface Row {
  readonly name: string;
  /** The files of its tests, relative to the repository. */
  readonly file: RegExp;
  /** Of these files, the tests with these full names. Default: all. */
  readonly test?: RegExp;
  /** Whether CI runs it on every runtime. Default false. */
  readonly quick?: boolean;
}

export const rows: readonly Row[] = [
  { name: "`@sse/core`", file: /^packages\/core\// },
  { name: "`@sse/hub`", file: /^packages\/hub\// },
  { name: "`@sse/client`", file: /^packages\/client\// },
  { name: "`@sse/node`", file: /^packages\/node\// },
  { name: "`@sse/web`", file: /^packages\/web\//, quick: true },
  {
    name: "sink suite, `@sse/web`",
    file: /conformance\/test\/sinks/,
    test: /EventSink of @sse\/web/,
    quick: true,
  },
  { name: "adapter suite, `@sse/web`", file: /conformance\/test\/web/, quick: true },
  {
    name: "sink suite, `node:http`",
    file: /conformance\/test\/sinks/,
    test: /EventSink of node:http /,
  },
  {
    name: "sink suite, `node:http2`",
    file: /conformance\/test\/sinks/,
    test: /EventSink of node:http2 /,
  },
  {
    name: "adapter suite, `@sse/node` on `node:http`",
    file: /conformance\/test\/node\./,
    test: /^@sse\/node on node:http /,
  },
  {
    name: "adapter suite, `@sse/node` on `node:http2`",
    file: /conformance\/test\/node\./,
    test: /^@sse\/node on node:http2 /,
  },
  { name: "log suite, memory log", file: /packages\/testing\/test\/event-log/ },
];

/** The row of a test, if it has one. */
export function rowOf(file: string, test: string): Row | undefined {
  return rows.find((row) => row.file.test(file) && (row.test?.test(test) ?? true));
}

const suites = (names: string[]): string[] => names.map((name) => `tooling/conformance/test/${name}.test.ts`);

/** Returns the arguments of vitest that select the tests of the rows. */
export function selectionOf(quick: boolean): string[] {
  const files = quick ? ["sinks", "web"] : ["sinks", "web", "node"];
  const packages = quick ? ["web"] : ["core", "hub", "client", "node", "web", "testing/test/event-log"];
  // The size of a download is the same everywhere.
  const paths = [
    ...packages.map((name) => `packages/${name}`),
    ...suites(files),
    "--exclude=**/size.test.ts",
  ];
  return quick ? [...paths, "--testNamePattern=^(?!the EventSink of (node|memory))"] : paths;
}
