// Checks the built site: each link and image leads to a file of the site, and each anchor to an
// element with its id.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, posix } from "node:path";

const TAG = /<(?:a|img)\b[^>]*?\s(?:href|src)="(?<target>[^"]*)"/g;
const ID = /\sid="(?<id>[^"]*)"/g;

/** Returns the links of the site that lead nowhere. @param {string} site @param {string} base */
export function brokenLinks(site, base) {
  const names = readdirSync(site, { recursive: true, encoding: "utf8" })
    .map((name) => name.replaceAll("\\", "/"))
    .filter((name) => name.endsWith(".html"));
  const pages = new Map(names.map((name) => [name, readFileSync(join(site, name), "utf8")]));
  const ids = new Map([...pages].map(([name, text]) => [name, new Set(found(text, ID, "id"))]));
  return [...pages].flatMap(([name, text]) =>
    [...new Set(found(text, TAG, "target"))]
      .filter((target) => !leads(name, target))
      .map((target) => `${name}: ${target}`),
  );

  /** @param {string} name @param {string} target */
  function leads(name, target) {
    if (/^[a-z]+:|^\/\//.test(target)) return true;
    const [path = "", hash = ""] = decodeURI(target.replaceAll("&amp;", "&")).split("#");
    const file =
      path === "" ? name : fileOf(path.startsWith("/") ? path : posix.join("/", posix.dirname(name), path));
    if (file === undefined) return false;
    return hash === "" || !pages.has(file) || ids.get(file)?.has(hash) === true;
  }

  /** @param {string} path */
  function fileOf(path) {
    const inside = path.startsWith(base) ? path.slice(base.length) : path.slice(1);
    const candidates = [inside, `${inside}.html`, posix.join(inside, "index.html")];
    return candidates.find(
      (file) => pages.has(file) || (/\.\w+$/.test(file) && existsSync(join(site, file))),
    );
  }
}

/** @param {string} text @param {RegExp} pattern @param {string} group */
function found(text, pattern, group) {
  return [...text.matchAll(pattern)].map(({ groups }) => groups?.[group] ?? "");
}
