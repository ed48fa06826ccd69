import { parseArgs } from "node:util";
import { type ContenderName, contenderNames } from "./contenders/index.js";
import { Processes } from "./processes.js";
import { textTable } from "./report/text.js";
import { run } from "./run.js";
import { scenarios } from "./scenarios/index.js";

const { values } = parseArgs({
  options: {
    only: { type: "string", multiple: true },
    contender: { type: "string", multiple: true },
    quick: { type: "boolean" },
  },
});
const processes = new Processes();
for (const s of scenarios) {
  if (values.only && !values.only.includes(s.name)) continue;
  const summary = await run(s, {
    size: values.quick ? "quick" : "full",
    processes,
    contenders: (values.contender ?? contenderNames) as ContenderName[],
  });
  console.log(textTable(summary));
}
await processes.endAll();
