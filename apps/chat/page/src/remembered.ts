import { isRoom } from "./conversation.js";

/** Returns a value that this browser remembers; made the first time. */
export function remembered(key: string, make: () => string): string {
  const found = localStorage.getItem(key);
  if (found !== null) return found;
  const made = make();
  localStorage.setItem(key, made);
  return made;
}

/** Returns the rooms that a person has joined in this browser. */
export function rememberedRooms(person: string): readonly string[] {
  try {
    const value: unknown = JSON.parse(localStorage.getItem(roomsKey(person)) ?? "");
    return Array.isArray(value)
      ? value.filter((name) => typeof name === "string" && isRoom(name))
      : defaultRooms;
  } catch {
    return defaultRooms;
  }
}

/** Remembers the rooms of a person. */
export function rememberRooms(person: string, rooms: readonly string[]): void {
  localStorage.setItem(roomsKey(person), JSON.stringify(rooms));
}

const defaultRooms: readonly string[] = ["general", "random"];

function roomsKey(person: string): string {
  return `chat rooms of ${person}`;
}
