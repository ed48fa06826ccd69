import { outOfRange, typeOf, unknownKey } from "@sse/core/internal";

/** The forms of values by their names, in the words of the message that refuses others. */
export type Forms<Name extends string = string> = Readonly<Record<Name, string>>;

/**
 * Checks the form of a value: `a string`, an object `with` functions, a number `from` a minimum
 * `to` a maximum, a string in quotes, or several of these joined by `or`.
 *
 * @throws {SseError} `invalid-option` for any other value.
 */
export function requireForm(name: string, form: string, value: unknown): void {
  if (!form.split(" or ").some((one) => fits(value, one))) throw outOfRange(name, form, value);
}

/**
 * Checks that an object has no keys but the known ones, and their values. An empty form stands for
 * any value, and `undefined` for an absent one.
 *
 * @param where what the object is, for the message.
 * @throws {SseError} `invalid-option`.
 */
export function requireForms(where: string, forms: Forms, values: object): void {
  requireForm(where, "an object", values);
  for (const [name, value] of Object.entries(values)) {
    const form = forms[name];
    // The message names no nearest key: pages would download the search for it.
    if (form === undefined) throw unknownKey(where, name.slice(0, 64), undefined, Object.keys(forms));
    if (form && value !== undefined) requireForm(name, form, value);
  }
}

function fits(value: unknown, form: string): boolean {
  const [type, detail] = form.split(/ (?:with|from) /);
  if (typeof value === "string" && form === `"${value}"`) return true;
  if (type !== typeOf(value)) return false;
  if (typeof value !== "number" || !detail) {
    return !detail || detail.split(" and ").every((method) => typeof Object(value)[method] === "function");
  }
  const [min, max] = detail.split(" to ").map(Number);
  return value >= min! && value <= max!;
}
