const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const day = new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long" });

/** @param {Date} date */
export function timeOfDay(date) {
  return clock.format(date);
}

/** @param {Date} date */
export function dayName(date) {
  return sameDay(date, new Date()) ? "Today" : day.format(date);
}

/** @param {Date} one @param {Date} other */
export function sameDay(one, other) {
  return one.toDateString() === other.toDateString();
}
