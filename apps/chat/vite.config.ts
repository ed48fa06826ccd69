import { pages } from "../../tooling/vite.js";

export default pages(import.meta.dirname);
