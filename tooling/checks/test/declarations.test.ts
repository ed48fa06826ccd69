import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { installLine } from "../../pack.mjs";
import { type Consumer, createConsumer, registryLine } from "../src/consumer.js";
import { declarationErrors, surroundings, typescripts } from "../src/declarations.js";
import { entries, workspaces } from "../src/workspace.js";

/** Packages that run everywhere, and so without the types of Node. */
const BROWSER = ["core", "hub", "web", "client"];

const adapters = new Set(["@sse/express", "@sse/fastify", "@sse/koa", "@sse/node", "@sse/web"]);

/** Option types with a parameter that has no default. */
const GENERIC = new Set([
  "DecodedOptions",
  "HubEvent",
  "PublishEndpointOptions",
  "SchemaOptions",
  "SubscriptionEndpointOptions",
  "WebPublishOptions",
  "WebSubscriptionOptions",
]);

const packages = workspaces("packages");
let consumer: Consumer;

beforeAll(async () => {
  consumer = await createConsumer({
    install: [
      installLine(inject("tarballs")),
      registryLine(["@types/express", "@types/koa", "@types/node", "ioredis", "redis"], "tooling/checks"),
      registryLine(["@opentelemetry/api"], "packages/hub"),
    ],
  });
  await write("server", packages);
  await write(
    "browser",
    packages.filter(({ folder }) => BROWSER.includes(folder)),
  );
});
afterAll(() => consumer?.remove());

/** Lines of a surface that name a type of options. */
const OPTIONS = /(?:Options|Limits|Init)$| (?:Subscription|HubEvent|ServerSentEvent|EventSourceRequest)$/;

/** Writes two programs, an ESM and a CommonJS one, that import every module of some packages. */
async function write(name: string, from: typeof packages): Promise<void> {
  const modules = from.flatMap(entries).map((entry) => entry.name);
  const text = modules.map((module, index) => `export * as module${index} from "${module}";\n`).join("");
  for (const extension of ["mts", "cts"]) await writeFile(join(consumer.path, `${name}.${extension}`), text);
}

describe.each(Object.keys(typescripts))("the declarations compile with TypeScript %s", (typescript) => {
  test.each([
    ["server", true],
    ["server", false],
    ["browser", true],
  ] as const)("for a %s, exactOptionalPropertyTypes: %s", async (side, exactOptionalPropertyTypes) => {
    const files = [`${side}.mts`, `${side}.cts`];
    const options = { ...surroundings[side], typescript, exactOptionalPropertyTypes, files };
    const errors = await declarationErrors(consumer.path, options);
    expect(errors).toEqual([]);
  });
});

const modules = packages.flatMap(entries).map(({ name }) => name);
test.each(modules.filter((name) => typesOf(name).length > 0))(
  "an optional property of %s may be undefined, because a lookup returns that",
  async (module) => {
    expect(await refusedOptions(module)).toEqual([]);
  },
);

/** Compiles an assignment of undefined to every optional property of a module's option types. */
async function refusedOptions(module: string): Promise<string[]> {
  const lines = typesOf(module).map((name) => {
    const type = `import("${module}").${name}${GENERIC.has(name) ? "<never>" : ""}`;
    return `{ const ${name}: Partial<${type}> = undefined as never as Given<${type}>; }`;
  });
  const file = `${module.replace(/\W/g, "-")}.mts`;
  await writeFile(join(consumer.path, file), [helpers, ...lines].join("\n"));
  const options = { ...surroundings.browser, types: ["node"], typescript: "7.0", files: [file] };
  return declarationErrors(consumer.path, { ...options, exactOptionalPropertyTypes: true });
}

/** The optional properties of a type, all of them undefined. */
const helpers = `
type OptionalKeys<T> = { [K in keyof T]-?: {} extends Pick<T, K> ? K : never }[keyof T];
type Given<T> = { [K in OptionalKeys<T>]: undefined };
export {};`;

/** Returns the option types of a module, without those that an adapter passes on. */
function typesOf(module: string): string[] {
  const passedOn = adapters.has(module)
    ? ["@sse/core", "@sse/hub", "@sse/hub/adapter", "@sse/node"].filter((name) => name !== module)
    : [];
  const others = new Set(passedOn.flatMap(surfaceOf));
  const own = surfaceOf(module).filter((line) => !others.has(line));
  return own.flatMap((line) => (line.startsWith("type ") && OPTIONS.test(line) ? line.slice(5) : []));
}

function surfaceOf(module: string): string[] {
  const file = `../surface/${module.replace("@sse/", "").replace("/", "-")}.txt`;
  return readFileSync(new URL(file, import.meta.url), "utf8").split("\n");
}
