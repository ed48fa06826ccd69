import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitepress";
import { rewriteLinks } from "./links.mjs";

const root = fileURLToPath(new URL("../..", import.meta.url)).replace(/\/$/, "");

/** The folders whose Markdown files are pages. */
const pages = /^(?:README\.md|CONTRIBUTING\.md|SECURITY\.md|docs\/[^.].*\.md|packages\/[^/]+\/[A-Z-]+\.md)$/;

/** @param {string} folder @param {string} prefix */
function items(folder, prefix = `/${folder}`) {
  return readdirSync(`${root}/${folder}`)
    .filter((name) => name.endsWith(".md") && name !== "README.md")
    .map((name) => ({
      text: titleOf(`${root}/${folder}/${name}`),
      link: `${prefix}/${name.replace(".md", "")}`,
    }));
}

/** @param {string} file */
function titleOf(file) {
  return /^# (.*)$/m.exec(readFileSync(file, "utf8"))?.[1] ?? file;
}

const packages = readdirSync(`${root}/packages`).map((name) => ({
  text: `@sse/${name}`,
  link: `/packages/${name}/README`,
}));

export default defineConfig({
  title: "SSE",
  description: "Server-Sent Events for TypeScript that lose nothing silently",
  srcDir: "..",
  srcExclude: [
    "**/node_modules/**",
    "apps/**",
    "tooling/**",
    ".changeset/**",
    "**/CHANGELOG.md",
    "tarballs/**",
  ],
  outDir: "./.vitepress/dist",
  cacheDir: "./.vitepress/cache",
  rewrites: { "README.md": "index.md" },
  lastUpdated: false,
  markdown: { config: rewriteLinks(root, (path) => pages.test(path)) },
  themeConfig: {
    search: { provider: "local" },
    nav: [
      { text: "Guides", link: "/docs/guides/README" },
      { text: "Examples", link: "/docs/examples/README" },
      { text: "Performance", link: "/docs/performance" },
    ],
    sidebar: [
      { text: "Guides", items: items("docs/guides") },
      { text: "Packages", items: packages },
      { text: "Reference", items: items("docs") },
    ],
  },
});
