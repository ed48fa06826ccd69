import type { ChatHub } from "./events.js";

/** The rooms that are always there, and followed by those who name none. */
export const fixedRooms: readonly string[] = ["general", "random"];

/** A room with the people in it. */
export interface Room {
  Name: string;
  Users: string[];
}

/** The fixed rooms and those that somebody follows now: a room needs no founding, and is gone when the last one leaves. */
export function listRooms(hub: ChatHub): Room[] {
  const names = new Set([...fixedRooms, ...hub.topics().sort()]);
  return [...names].map((Name) => ({ Name, Users: hub.users(Name) }));
}
