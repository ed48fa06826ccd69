import type { ChatHub, PresenceChange } from "./events.js";

/**
 * Sends an event to everybody when a person joins or leaves. Each event names all who are online,
 * so that the next one makes up for a missed one; a page that has just connected requests the list.
 *
 * Every instance learns of the people on the others and notifies its own clients, so each client is
 * notified once, also when an instance dies.
 */
export function announcePresence(hub: ChatHub): void {
  const announce = (Type: PresenceChange["Type"], User: string, topic: string | undefined): void => {
    // A topic is a room; a change of topics is no change of presence.
    if (topic !== undefined) return;
    const event = { event: "presence", data: { Type, User, Users: hub.users() } } as const;
    void hub.broadcast(event, { ephemeral: true, scope: "instance" });
  };
  hub.on("join", ({ user, topic }) => announce("join", user, topic));
  hub.on("leave", ({ user, topic }) => announce("leave", user, topic));
}
