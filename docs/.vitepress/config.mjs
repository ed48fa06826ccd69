import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitepress";
import { modules } from "./api.mjs";
import { rewriteLinks } from "./links.mjs";
import { base, rewrites, root, sections, titleOf } from "./pages.mjs";
import { plotTables } from "./plots.mjs";

/** The folders whose Markdown files are pages. */
const pages =
  /^(?:README(?:\.zh-CN)?\.md|CONTRIBUTING\.md|SECURITY\.md|docs\/[^.].*\.md|packages\/[^/]+\/[A-Z-]+\.md)$/;

/** @param {string} page */
const item = (page) => ({ text: titleOf(page), link: `/${page.replace(/\.md$/, "")}` });

/** Makes the anchor of a heading as GitHub does, so that links work in both. @param {string} title */
const slugify = (title) =>
  title
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, "")
    .trim()
    .replace(/\s/g, "-");

/** Lets pages outside of this folder find its packages. */
const resolveFromHere = {
  name: "resolve-from-here",
  enforce: "pre",
  resolveId(id, importer, options) {
    if (!/^vue(?:$|\/)/.test(id) || importer === undefined || importer.includes("node_modules")) return;
    return this.resolve(id, fileURLToPath(import.meta.url), { ...options, skipSelf: true });
  },
};

/** A stream of events: three lines, the last one half written. */
const icon = `data:image/svg+xml,${encodeURIComponent(
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><path d="M2 4h12M2 8h12M2 12h6" stroke="#3451b2" stroke-width="2"/></svg>',
)}`;

const api = modules().map(({ name }) => ({ text: name, link: `/docs/api/${name}` }));

export default defineConfig({
  base,
  title: "SSE",
  description: "Server-Sent Events for TypeScript that lose nothing silently",
  head: [["link", { rel: "icon", href: icon }]],
  srcDir: "..",
  srcExclude: ["apps/**", "tooling/**", ".changeset/**", "**/CHANGELOG.md", "tarballs/**"],
  outDir: "./.vitepress/dist",
  cacheDir: "./.vitepress/cache",
  rewrites,
  lastUpdated: false,
  vite: { plugins: [resolveFromHere] },
  markdown: {
    anchor: { slugify },
    config: (markdown) => {
      rewriteLinks(root, (path) => pages.test(path), rewrites)(markdown);
      plotTables("docs/performance.md")(markdown);
    },
  },
  themeConfig: {
    search: { provider: "local" },
    outline: [2, 3],
    nav: [
      { text: "Guides", link: "/docs/guides/README" },
      { text: "Examples", link: "/docs/examples/README" },
      { text: "Reference", link: "/docs/reference/README" },
      ...(existsSync(`${root}/docs/api`) ? [{ text: "API", link: "/docs/api/README" }] : []),
      { text: "Performance", link: "/docs/performance" },
      { text: "中文", link: "/zh/" },
    ],
    sidebar: {
      "/docs/api/": [{ text: "API", items: api }],
      "/": Object.entries(sections).map(([text, names]) => ({
        text,
        collapsed: false,
        items: names.map(item),
      })),
    },
    socialLinks: [{ icon: "github", link: "https://github.com/sse-toolkit/sse" }],
  },
});
