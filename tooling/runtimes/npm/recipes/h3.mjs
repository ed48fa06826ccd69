import { H3, serve } from "h3";
import { createRoom } from "./room.mjs";

const { events, publish } = createRoom();
const app = new H3();
app.get("/events", (event) => events(event.req));
app.post("/publish", (event) => publish(event.req));

serve(app, { port: Number(process.env.PORT ?? 3000) });
