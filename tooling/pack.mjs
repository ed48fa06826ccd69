// Tarballs of packages that are not published yet, and the line that installs them anywhere.
import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { root, runPnpm } from "./bootstrap.mjs";

/**
 * The fields of a `package.json` that decide what must be installed.
 * @typedef {object} Manifest
 * @property {string} name
 * @property {string} version
 * @property {Record<string, string>} [dependencies]
 * @property {Record<string, string>} [peerDependencies]
 * @property {Record<string, { optional?: boolean }>} [peerDependenciesMeta]
 */

/** The published packages by their folder, in alphabetical order. @type {Map<string, Manifest>} */
const manifests = new Map(
  readdirSync(join(root, "packages"))
    .sort()
    .map((folder) => [
      folder,
      JSON.parse(readFileSync(join(root, "packages", folder, "package.json"), "utf8")),
    ]),
);

/** Returns the folders of all published packages. */
export function packageNames() {
  return [...manifests.keys()];
}

/**
 * Returns the folders of packages and of all packages here that they depend on.
 * @param {readonly string[]} folders
 */
export function withDependencies(folders) {
  const found = new Set(folders);
  for (const folder of found) // sees what is added on the way
    for (const name of Object.keys(manifests.get(folder)?.dependencies ?? {}))
      if (manifests.has(folderOf(name))) found.add(folderOf(name));
  return [...found].sort();
}

/**
 * Packs built packages as they would be published, and returns the tarballs by folder, or
 * `undefined` when that failed.
 * @param {readonly string[]} folders
 * @param {string} destination absolute path of a folder; created when it is missing
 * @returns {Record<string, string> | undefined}
 */
export function packInto(folders, destination) {
  mkdirSync(destination, { recursive: true });
  const filters = folders.map((folder) => `--filter=./packages/${folder}`);
  if (!runPnpm(["--recursive", ...filters, "pack", "--pack-destination", destination])) return undefined;
  return Object.fromEntries(
    folders.map((folder) => [folder, join(destination, tarballOf(manifest(folder)))]),
  );
}

/**
 * Returns the `npm install` line for packages: their required peers, such as the framework, and the
 * tarballs.
 * @param {Record<string, string>} tarballs by folder
 */
export function installLine(tarballs) {
  const peers = Object.keys(tarballs).flatMap((folder) => requiredPeers(manifest(folder)));
  return ["npm install", ...new Set(peers), ...Object.values(tarballs).map(quoted)].join(" ");
}

/** @param {string} name `express` or `@sse/express` */
export function folderOf(name) {
  return name.replace("@sse/", "");
}

/** @param {string} folder @returns {Manifest} */
function manifest(folder) {
  const found = manifests.get(folder);
  if (found === undefined) throw new Error(`There is no package in packages/${folder}.`);
  return found;
}

/** The file name that pnpm gives to a tarball. @param {Manifest} manifest */
function tarballOf({ name, version }) {
  return `${name.replace("@", "").replace("/", "-")}-${version}.tgz`;
}

/** @param {Manifest} manifest */
function requiredPeers({ peerDependencies = {}, peerDependenciesMeta = {} }) {
  return Object.keys(peerDependencies).filter((name) => peerDependenciesMeta[name]?.optional !== true);
}

/** Quotes a path for every shell if it must be. @param {string} path */
function quoted(path) {
  return path.includes(" ") ? `"${path}"` : path;
}
