import type { ChatHub } from "./events.js";

/** The rooms that always exist, which clients follow by default. */
export const fixedRooms: readonly string[] = ["general", "random"];

/** A room with the people in it. */
export interface Room {
  Name: string;
  Users: string[];
}

/** Returns the fixed rooms and those that have followers: a room exists while it has any. */
export function listRooms(hub: ChatHub): Room[] {
  const names = new Set([...fixedRooms, ...hub.topics().sort()]);
  return [...names].map((Name) => ({ Name, Users: hub.users(Name) }));
}
