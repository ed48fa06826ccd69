export { observeHub } from "./observe-hub.js";
