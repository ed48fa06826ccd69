import { library } from "../../tooling/tsup.js";

export default library({ platform: "neutral", entries: ["index", "metrics"] });
