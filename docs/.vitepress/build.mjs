// Builds the site: the API reference from the types, the pages, the list for language models; then
// checks its links.
import { rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "vitepress";
import { writeApi } from "./api.mjs";
import { brokenLinks } from "./check.mjs";
import { writeLlms } from "./llms.mjs";
import { base, root, sections } from "./pages.mjs";

const api = `${root}/docs/api`;
const site = fileURLToPath(new URL("dist", import.meta.url));

/** Returns whether the site was built, and each link leads somewhere. */
async function buildSite() {
  if (!(await writeApi(api))) return false;
  await build(`${root}/docs`);
  writeLlms(root, site, base, sections);
  const broken = brokenLinks(site, base);
  for (const link of broken) console.error(`leads nowhere: ${link}`);
  return broken.length === 0;
}

try {
  if (!(await buildSite())) process.exitCode = 1;
} finally {
  rmSync(api, { recursive: true, force: true }); // made again each time, and no document of the repository
}
