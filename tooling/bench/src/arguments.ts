import { resolve } from "node:path";
import { parseArgs } from "node:util";
import type { Size } from "./bench.js";
import { type ContenderName, contenderNames } from "./contenders/index.js";
import { scenarios } from "./scenarios/index.js";

/** Settings from the command line. */
export interface Arguments {
  size: Size;
  /** Names of scenarios. */
  only: readonly string[];
  contenders: readonly ContenderName[];
  /** Files to write. */
  json: string | undefined;
  svg: string | undefined;
  markdown: string | undefined;
}

export const usage = `pnpm bench [--quick] [--only scenario]… [--contender name]… [--json file] [--svg file] [--markdown file]

  scenarios   ${scenarios.map(({ name }) => name).join(", ")}
  contenders  ${contenderNames.join(", ")}`;

/** @throws {Error} for what it does not know. */
export function readArguments(args: readonly string[]): Arguments {
  const { values } = parseArgs({
    args: args.filter((arg) => arg !== "--"),
    options: {
      quick: { type: "boolean" },
      only: { type: "string", multiple: true },
      contender: { type: "string", multiple: true },
      json: { type: "string" },
      svg: { type: "string" },
      markdown: { type: "string" },
    },
  });
  const names = scenarios.map(({ name }) => name);
  return {
    size: values.quick === true ? "quick" : "full",
    only: known(values.only ?? names, names),
    contenders: known(values.contender ?? contenderNames, contenderNames),
    json: fileFrom(values.json),
    svg: fileFrom(values.svg),
    markdown: fileFrom(values.markdown),
  };
}

/** Relative to the folder of the command: pnpm runs a package's script in the package. */
function fileFrom(file: string | undefined): string | undefined {
  return file === undefined ? undefined : resolve(process.env["INIT_CWD"] ?? "", file);
}

function known<Name extends string>(asked: readonly string[], names: readonly Name[]): Name[] {
  const unknown = asked.find((name) => !names.includes(name as Name));
  if (unknown !== undefined) throw new Error(`There is no ${JSON.stringify(unknown)}.`);
  return names.filter((name) => asked.includes(name));
}
