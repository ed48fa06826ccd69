import { parseArgs } from "node:util";
import { SseError } from "@sse/core";
import type { DoctorSettings } from "./settings.js";

export const usage = `Usage: npx @sse/client doctor <url> [options]

Examines an event stream through everything between here and the application,
and names what buffers, cuts or changes it. It learns most from the URL of
doctorEndpoint(), which every adapter has, and something from any event stream.

  -H, --header 'Name: value'  a request header, such as Authorization or Cookie;
                              may be given several times; another origin, to
                              which a redirect leads, does not receive it
      --silence <seconds>     the time for which a stream is kept silent, or
                              watched; default 20; 0: no silent stream
      --timeout <seconds>     the time in which a response must begin; default 10
      --insecure              accepts certificates that nothing vouches for
      --json                  prints the findings and all observations as JSON
      --strict                exits with 1 for warnings, too
      --help                  prints this text

Exit code: 0 without problems, 1 with some, 2 if the arguments are wrong.
`;

/** The arguments of the program, once they are understood. */
export interface DoctorArguments {
  readonly url: string;
  readonly settings: DoctorSettings;
  readonly json: boolean;
  readonly strict: boolean;
}

/**
 * Reads the arguments of the program, without those of Node.
 *
 * @returns `undefined` if help is asked for.
 * @throws {SseError} `invalid-option`, with what to write instead.
 */
export function parseArguments(args: readonly string[]): DoctorArguments | undefined {
  const { values, positionals } = parsed(args);
  if (values.help || args.length === 0) return undefined;
  const [command, url, ...rest] = positionals;
  if (command !== "doctor") throw invalid(`there is no command "${command ?? ""}": write \`doctor <url>\``);
  if (rest.length > 0) throw invalid(`one URL is examined at a time, not also "${rest[0]}"`);
  return {
    url: requireUrl(url),
    settings: {
      headers: headersOf(values.header ?? []),
      timeout: seconds("timeout", values.timeout, { default: 10, min: 0.1 }),
      silence: seconds("silence", values.silence, { default: 20, min: 0 }),
      insecure: values.insecure ?? false,
    },
    json: values.json ?? false,
    strict: values.strict ?? false,
  };
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        header: { type: "string", short: "H", multiple: true },
        silence: { type: "string" },
        timeout: { type: "string" },
        insecure: { type: "boolean" },
        json: { type: "boolean" },
        strict: { type: "boolean" },
        help: { type: "boolean", short: "h" },
      },
    });
  } catch (error) {
    throw invalid(`${(error as Error).message.split(". ")[0]}; --help lists the options`);
  }
}

function requireUrl(url: string | undefined): string {
  if (url === undefined) throw invalid("the URL is missing: `doctor https://example.com/events`");
  if (URL.canParse(url) && /^https?:$/.test(new URL(url).protocol)) return url;
  throw invalid(`"${url}" is no URL of http: or https:`);
}

function headersOf(lines: readonly string[]): Record<string, string> {
  const headers = new Map<string, [string, string]>();
  for (const line of lines) {
    const [name, value] = headerOf(line);
    if (headers.has(name.toLowerCase())) throw invalid(`the header ${name} is given twice: write one value`);
    headers.set(name.toLowerCase(), [name, value]);
  }
  return Object.fromEntries(headers.values());
}

function headerOf(line: string): [string, string] {
  const colon = line.indexOf(":");
  const [name, value] = [line.slice(0, colon), line.slice(colon + 1).trim()];
  if (colon > 0 && /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(name) && /^[\t\x20-\x7e\x80-\xff]*$/.test(value))
    return [name, value];
  throw invalid(`"${line}" is no header: write it as 'Name: value'`);
}

function seconds(
  name: string,
  text: string | undefined,
  { default: fallback, min }: { default: number; min: number },
): number {
  const value = text === undefined ? fallback : Number(text);
  if (text?.trim() !== "" && value >= min && value <= 600) return Math.round(value * 1_000);
  throw invalid(`--${name} is a number of seconds from ${min} to 600, not "${text}"`);
}

function invalid(message: string): SseError {
  return new SseError("invalid-option", message);
}
