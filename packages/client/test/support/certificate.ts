import { spawnSync } from "node:child_process";

/** Whether certificates can be made here. */
export const hasOpenssl: boolean = spawnSync("openssl", ["version"]).status === 0;

/** Makes a certificate for `localhost` that nothing vouches for, and its key. */
export function certificate(): { key: string; cert: string } {
  const kind = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  const where = ["-keyout", "-", "-out", "-", "-days", "2", "-subj", "/CN=localhost"];
  const { stdout } = spawnSync("openssl", ["req", "-x509", ...kind, ...where], { encoding: "utf8" });
  const end = stdout.indexOf("-----BEGIN CERTIFICATE-----");
  return { key: stdout.slice(0, end), cert: stdout.slice(end) };
}
