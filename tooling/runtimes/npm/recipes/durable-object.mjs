import { DurableObject } from "cloudflare:workers";
import { createRoom } from "./room.mjs";

export class Room extends DurableObject {
  #room = createRoom();

  fetch(request) {
    const { events, publish } = this.#room;
    return new URL(request.url).pathname === "/publish" ? publish(request) : events(request);
  }
}

export default { fetch: (request, env) => env.ROOM.getByName("one").fetch(request) };
