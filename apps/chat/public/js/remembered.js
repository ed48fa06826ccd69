// What the browser keeps. The name is the tab's, so that another tab can be somebody else; a new tab is offered the last one used.
// Storage may be forbidden: then nothing is kept, and everything else works.

const nameKey = "chat.name";
const roomsKey = "chat.rooms";

/** The name that this tab has. */
export function tabName() {
  return read(() => sessionStorage, nameKey) ?? "";
}

/** The name that was used last, in any tab. */
export function lastName() {
  return read(() => localStorage, nameKey) ?? "";
}

/** @param {string} name */
export function keepName(name) {
  write(() => sessionStorage, nameKey, name);
  write(() => localStorage, nameKey, name);
}

export function forgetTabName() {
  write(() => sessionStorage, nameKey, "");
}

/** The rooms that a person joined beside the fixed ones. @param {string} name @returns {string[]} */
export function joinedRooms(name) {
  return (
    read(() => localStorage, `${roomsKey}.${name}`)
      ?.split(",")
      .filter(Boolean) ?? []
  );
}

/** @param {string} name @param {readonly string[]} rooms */
export function keepRooms(name, rooms) {
  write(() => localStorage, `${roomsKey}.${name}`, rooms.join(","));
}

/** @param {() => Storage} storage @param {string} key */
function read(storage, key) {
  try {
    return storage().getItem(key) ?? undefined;
  } catch {
    return undefined;
  }
}

/** @param {() => Storage} storage @param {string} key @param {string} value */
function write(storage, key, value) {
  try {
    storage().setItem(key, value);
  } catch {}
}
