// Declarations of the package in the working directory, for both module systems: `tsc` writes
// `dist/**/*.d.ts`, and each gets a `.d.cts` twin whose relative imports end in `.cjs`. Runs after
// tsup, which empties `dist`.
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

const RELATIVE_JS_IMPORT = /((?:from|import)\s*\(?\s*["']\.{1,2}\/[^"']*?)\.js(["'])/g;

const tsc = join(dirname(createRequire(import.meta.url).resolve("typescript/package.json")), "bin/tsc");
try {
  execFileSync(process.execPath, [tsc, "-p", "tsconfig.json", "--emitDeclarationOnly"], { stdio: "inherit" });
} catch {
  process.exit(1); // tsc has printed its errors
}

for (const name of readdirSync("dist", { recursive: true, encoding: "utf8" })) {
  if (!name.endsWith(".d.ts")) continue;
  const file = join("dist", name);
  const twin = readFileSync(file, "utf8").replace(RELATIVE_JS_IMPORT, "$1.cjs$2");
  writeFileSync(file.replace(/\.d\.ts$/, ".d.cts"), twin);
}
