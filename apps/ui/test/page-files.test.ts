import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { gunzipSync } from "node:zlib";
import { afterAll, expect, test } from "vitest";
import { pageFiles } from "../src/server/index.js";

const folder = mkdtempSync(join(tmpdir(), "pages-"));
afterAll(() => rmSync(folder, { recursive: true }));
mkdirSync(join(folder, "assets"));
writeFileSync(join(folder, "index.html"), "<p>Hello</p><script>let a;</script>");
writeFileSync(join(folder, "hub.html"), "<p>Hub</p>");
writeFileSync(join(folder, "assets/a-1.js"), "let b;");
writeFileSync(join(folder, "notes.txt"), "not a part of the page");

const files = pageFiles(pathToFileURL(`${folder}/`));

test("pages have paths without an ending, and files of other kinds are not served", () => {
  expect([...files.keys()].sort()).toEqual(["/", "/assets/a-1.js", "/hub"]);
});

test("a file with a hash in its name is kept for a year, a page is revalidated", () => {
  expect(files.get("/assets/a-1.js")!({}).headers["cache-control"]).toContain("immutable");
  const page = files.get("/")!({});
  expect(page.headers["cache-control"]).toBe("no-cache");
  const again = files.get("/")!({ "if-none-match": page.headers["etag"] });
  expect(again).toMatchObject({ status: 304, body: undefined });
});

test("texts are compressed for those who accept it", () => {
  const { headers, body } = files.get("/hub")!({ "accept-encoding": "gzip, br" });
  expect(headers["content-encoding"]).toBe("gzip");
  expect(gunzipSync(body!).toString()).toBe("<p>Hub</p>");
  expect(files.get("/hub")!({}).body!.toString()).toBe("<p>Hub</p>");
});

test("the policy allows a page's own scripts and nothing from elsewhere", () => {
  const policy = (path: string): string => files.get(path)!({}).headers["content-security-policy"] ?? "";
  expect(policy("/")).toMatch(/^default-src 'self'; script-src 'self' 'sha256-[\w+/]+=*'; /);
  expect(policy("/hub")).toMatch(/^default-src 'self'; script-src 'self'; /);
  expect(policy("/")).not.toContain("unsafe");
});

test("without a build there is one page, which says how to make it", () => {
  const [[path, file] = ["", undefined]] = pageFiles(new URL("missing/", pathToFileURL(`${folder}/`)));
  expect(path).toBe("/");
  expect(file?.({}).body?.toString()).toContain("npm start");
});
