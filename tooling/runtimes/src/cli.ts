// `pnpm matrix [--quick] [runtime…]`
import { runtimes, installRuntimes } from "./runtimes.js";
import { rows, rowOf } from "./rows.js";
import { runVitest } from "./vitest-run.js";
installRuntimes();
const only = process.argv[2];
for (const runtime of runtimes()) {
  if (only && runtime.name !== only) continue;
  const filters = process.argv.slice(3);
  const results = await runVitest(runtime, filters, 600_000);
  const by = {} as any;
  for (const r of results) { const row = rowOf(r.file, r.test)?.name ?? r.file; (by[row] ??= { passed: 0, failed: 0, skipped: 0, started: 0 })[r.state]++; if (r.state === "failed" || r.state === "started") console.log(r.state, r.test, r.error?.slice(0, 200)); }
  console.log(runtime.name, by);
}
