import { library } from "../../tooling/tsup.js";

export default library({ platform: "node", entries: ["index", "conformance/index", "node"] });
