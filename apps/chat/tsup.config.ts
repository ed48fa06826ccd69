import { app } from "../../tooling/tsup.js";

export default app(["main", "client"]);
