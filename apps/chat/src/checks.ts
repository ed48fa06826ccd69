import { echoName } from "./echo.js";
import { badParameter } from "./errors.js";
import { modelName } from "./model.js";
import type { Parameters } from "./parameters.js";
import { fixedRooms } from "./rooms.js";

/** Limits in characters, as people count them (code points). */
const longest = { name: 32, room: 32, message: 2_000 };

/** The maximum number of rooms of one connection. */
const maxRooms = 20;

/** Invisible characters, except the two joiners that Persian names and some emoji contain. */
const unseen = /(?![\u200c\u200d])[\p{C}\u2028\u2029]/u;

/**
 * Returns the name of a person: any visible string. It is trimmed and its Unicode form normalized,
 * so that one name typed in two ways is one person.
 *
 * @throws {RequestError} 400 naming the parameter, as the other checks do.
 */
export function personName(parameters: Parameters, parameter: string): string {
  const name = normalized(parameter, required(parameters, parameter, `${parameter}=ann`), longest.name);
  if (/[^\p{C}\p{Z}]/u.test(name) && !unseen.test(name)) return name;
  throw badParameter(
    "invalid-parameter",
    parameter,
    `${parameter} contains characters that cannot be seen. Leave them out.`,
  );
}

/**
 * Returns the name of a person who connects or sends, see {@link personName}: the bot's name is
 * taken.
 */
export function ownName(parameters: Parameters, parameter: string): string {
  const name = personName(parameters, parameter);
  const bot = [echoName, modelName].find((taken) => taken.toLowerCase() === name.toLowerCase());
  if (bot === undefined) return name;
  throw badParameter("name-taken", parameter, `${bot} is the name of a bot. Choose another one.`);
}

/** Returns the message: any string that is not blank. */
export function messageText(parameters: Parameters): string {
  const text = required(parameters, "message", "message=hi");
  limitLength("message", text, longest.message);
  return text;
}

/** Returns the name of a room. */
export function roomName(parameters: Parameters, parameter: string): string {
  return checkedRoom(parameter, required(parameters, parameter, `${parameter}=general`));
}

/**
 * Returns the rooms in a list with commas: without the parameter the fixed rooms, if it is empty
 * none.
 */
export function roomNames(parameters: Parameters, parameter: string): string[] {
  const list = parameters
    .get(parameter)
    ?.split(",")
    .filter((name) => name.trim() !== "") ?? [...fixedRooms];
  if (list.length <= maxRooms) return list.map((name) => checkedRoom(parameter, name));
  throw badParameter(
    "too-many-rooms",
    parameter,
    `${parameter} names ${list.length} rooms. Name at most ${maxRooms}.`,
  );
}

/** The form of a key: what a header of HTTP may contain, and a bounded length. */
const keyPattern = /^[\x21-\x7e]{1,200}$/;

/** Returns the key of a request that may be repeated; `undefined` if it has none. */
export function idempotencyKey(header: string): string | undefined {
  if (header === "" || keyPattern.test(header)) return header || undefined;
  throw badParameter(
    "invalid-parameter",
    "Idempotency-Key",
    "Idempotency-Key must be up to 200 visible characters.",
  );
}

/** Returns the id of a run. */
export function runId(parameters: Parameters): string {
  const id = required(parameters, "run", "the Run of an event named answer");
  limitLength("run", id, 100);
  return id;
}

/** Returns the id of a process of this chat. */
export function processId(parameters: Parameters): number {
  const id = Number(required(parameters, "process", "process=4711"));
  if (Number.isSafeInteger(id) && id > 0) return id;
  throw badParameter("invalid-parameter", "process", "process must be the id of a process.");
}

/** Returns the id of a connection, as its `sse:live` event contains it. */
export function connectionId(parameters: Parameters): string {
  return required(parameters, "connection", "the connection that the sse:live event of your stream names");
}

function checkedRoom(parameter: string, text: string): string {
  const name = normalized(parameter, text, longest.room).toLowerCase();
  if (/^[\p{L}\p{N}][\p{L}\p{M}\p{N}_-]*$/u.test(name)) return name;
  throw badParameter(
    "invalid-parameter",
    parameter,
    `${parameter} must be made of letters, digits, - and _, such as "general".`,
  );
}

function required(parameters: Parameters, parameter: string, example: string): string {
  const value = parameters.get(parameter) ?? "";
  if (value.trim() !== "") return value;
  throw badParameter("missing-parameter", parameter, `${parameter} is missing or empty. Add it: ${example}.`);
}

/** More code units than become one character when a string is normalized. */
const maxUnits = 8;

/**
 * Returns a string in its normal form, without spaces around it.
 *
 * @param limit the maximum number of characters.
 */
function normalized(parameter: string, text: string, limit: number): string {
  const trimmed = text.trim();
  // The time of `normalize` is quadratic in the number of marks that follow each other.
  if (trimmed.length > limit * maxUnits) limitLength(parameter, trimmed, limit);
  const name = trimmed.normalize("NFC");
  limitLength(parameter, name, limit);
  return name;
}

function limitLength(parameter: string, value: string, limit: number): void {
  const length = [...value].length;
  if (length <= limit) return;
  throw badParameter(
    "parameter-too-long",
    parameter,
    `${parameter} has ${length} characters. Shorten it to ${limit} at most.`,
  );
}
