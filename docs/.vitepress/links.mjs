// Links of the documents as the site has them: a folder is its README, and what is no page of the
// site is a file of the repository.
import { existsSync, statSync } from "node:fs";
import { posix } from "node:path";

const repository = "https://github.com/sse-toolkit/sse/blob/main";

/**
 * Rewrites the relative links of a page.
 * @param {string} root the folder of the repository
 * @param {(path: string) => boolean} isPage whether a Markdown file is a page of the site
 * @param {Record<string, string>} rewrites the pages whose path on the site is another one
 */
export function rewriteLinks(root, isPage, rewrites) {
  /** @param {any} markdown the instance of markdown-it */
  return (markdown) =>
    markdown.core.ruler.push("repository-links", ({ tokens, env }) => {
      for (const token of tokens.flatMap((/** @type {any} */ { children }) => children ?? [])) {
        const href = token.type === "link_open" ? token.attrGet("href") : undefined;
        if (href && !/^(?:[a-z]+:|#|\/)/.test(href)) token.attrSet("href", target(href, env.path));
      }
    });

  /** @param {string} href @param {string} page absolute path */
  function target(href, page) {
    const [path = "", hash] = href.split("#");
    const suffix = hash === undefined ? "" : `#${hash}`;
    let file = posix.resolve(posix.dirname(page), path);
    if (existsSync(file) && statSync(file).isDirectory() && existsSync(`${file}/README.md`))
      file += "/README.md";
    const inside = posix.relative(root, file);
    return isPage(inside) ? `/${rewrites[inside] ?? inside}${suffix}` : `${repository}/${inside}${suffix}`;
  }
}
