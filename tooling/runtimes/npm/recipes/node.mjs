import { createServer } from "node:http";
import { createRoom } from "./room.mjs";

const { events, publish } = createRoom();

createServer((request, response) => {
  (request.url === "/publish" ? publish : events)(request, response);
}).listen(Number(process.env.PORT ?? 3000));
