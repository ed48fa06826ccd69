// app/routes.js
import { route } from "@react-router/dev/routes";

export default [route("events", "routes/events.js"), route("publish", "routes/publish.js")];
