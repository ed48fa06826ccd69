import { library, program } from "../../tooling/tsup.js";

export default [
  library({
    platform: "neutral",
    entries: ["index", "eventsource/index", "shared/index"],
    others: ["doctor"],
  }),
  program("doctor/main"),
];
