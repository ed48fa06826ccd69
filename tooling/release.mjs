// The release. `--dry-run` makes versions, changelogs and tarballs in a copy, and publishes
// nothing. Without it, what `changeset version` has prepared is built and published.
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build, install, root, runIn } from "./bootstrap.mjs";

/**
 * Makes a release.
 * @param {string[]} args
 * @returns {boolean} whether it succeeded
 */
export function release(args) {
  if (!install()) return false;
  if (args.includes("--dry-run")) return dryRun();
  // Shown, because the action of the workflow reads from it what was published.
  return build() && runIn(root, "pnpm", ["changeset", "publish"], { quiet: false });
}

/** Makes everything of a release in a copy of the committed state. */
function dryRun() {
  const copy = mkdtempSync(join(tmpdir(), "sse-release-"));
  try {
    return (
      runIn(root, "git", ["clone", "--quiet", "--no-hardlinks", root, copy]) &&
      runIn(copy, "pnpm", ["install", "--frozen-lockfile", "--prefer-offline", "--loglevel=error"]) &&
      runIn(copy, "pnpm", ["changeset", "version"]) &&
      runIn(copy, "node", ["--input-type=module", "--eval", packAll]) &&
      report(copy)
    );
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

const packAll = `
  import { build } from "./tooling/bootstrap.mjs";
  import { packageNames, packInto } from "./tooling/pack.mjs";
  process.exit(build(packageNames().map((name) => "@sse/" + name)) && packInto(packageNames(), process.cwd() + "/tarballs") ? 0 : 1);
`;

/** Prints what would be published, and keeps the tarballs. @param {string} copy */
function report(copy) {
  const found = readdirSync(join(copy, "packages")).map((folder) =>
    problemsOf(join(copy, "packages", folder)),
  );
  for (const { name, version, changes, problems } of found)
    console.log(
      `${name} ${version}: ${changes} changes${problems.map((problem) => `, PROBLEM: ${problem}`).join("")}`,
    );
  cpSync(join(copy, "tarballs"), join(root, "tarballs"), { recursive: true });
  console.log(
    `${readdirSync(join(copy, "tarballs")).length} tarballs in ${join(root, "tarballs")}; nothing was published.`,
  );
  return found.every(({ problems }) => problems.length === 0);
}

/** Lists what would keep a package from being published with provenance. @param {string} folder */
function problemsOf(folder) {
  const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const changelog = join(folder, "CHANGELOG.md");
  const text = existsSync(changelog) ? readFileSync(changelog, "utf8") : "";
  const problems = [
    ...(text.includes(`## ${manifest.version}\n`) ? [] : [`no changelog for ${manifest.version}`]),
    ...(manifest.publishConfig?.provenance === true ? [] : ["publishConfig.provenance is not true"]),
    ...(manifest.repository?.url ? [] : ["provenance needs repository.url"]),
  ];
  return {
    name: manifest.name,
    version: manifest.version,
    changes: text.match(/^- /gm)?.length ?? 0,
    problems,
  };
}
