import type { ChatHub, PresenceChange } from "./events.js";

/**
 * Tells everybody who comes and who goes. Each announcement names all who are here, so that one that was missed is made good by the next;
 * a page that has just connected asks for the list.
 */
export function announcePresence(hub: ChatHub): void {
  const announce = (Type: PresenceChange["Type"], User: string, topic: string | undefined): void => {
    // A topic is a room: that somebody follows one more is no news.
    if (topic !== undefined) return;
    void hub.broadcast({ event: "presence", data: { Type, User, Users: hub.users() } }, { ephemeral: true });
  };
  hub.on("join", ({ user, topic }) => announce("join", user, topic));
  hub.on("leave", ({ user, topic }) => announce("leave", user, topic));
}
