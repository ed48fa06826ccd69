import type { ChatHub, PresenceChange } from "./events.js";

/**
 * Tells everybody who comes and who goes. Each announcement names all who are here, so that one that was missed is made good by the next;
 * a page that has just connected asks for the list.
 *
 * Every instance hears of those on the others, and tells its own clients. So nobody is told twice, and an instance that dies needs no other to speak for it.
 */
export function announcePresence(hub: ChatHub): void {
  const announce = (Type: PresenceChange["Type"], User: string, topic: string | undefined): void => {
    // A topic is a room: that somebody follows one more is no news.
    if (topic !== undefined) return;
    const event = { event: "presence", data: { Type, User, Users: hub.users() } } as const;
    void hub.broadcast(event, { ephemeral: true, scope: "instance" });
  };
  hub.on("join", ({ user, topic }) => announce("join", user, topic));
  hub.on("leave", ({ user, topic }) => announce("leave", user, topic));
}
