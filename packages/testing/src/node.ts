export { type Listening, listen, listenFetch } from "./listen.js";
