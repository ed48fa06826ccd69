import { SseError } from "@sse/core";

/** The error of a message that a bus cannot carry. */
export function busMessageTooLarge(bytes: number, maxBytes: number): SseError {
  return new SseError(
    "too-large",
    `a message for the other instances has ${bytes} bytes, a bus carries ${maxBytes}: it was not sent to them; send less, or to fewer at a time`,
    { field: "data" },
  );
}

/** The error of a message that was dropped because too many wait for the bus. */
export function busOverloaded(): SseError {
  return new SseError(
    "overloaded",
    "the bus is slower than what is published: some messages were not sent to the other instances; publish less that is ephemeral",
  );
}

/** The error of a request to an instance that could not be sent, or that is not responded to. */
export function instanceUnreachable(): SseError {
  return new SseError(
    "log-unavailable",
    "the instance that has the connection cannot be reached now; try again in a moment: a change of topics may be repeated",
  );
}

/** The error of a request to another instance while too many wait. */
export function tooManyRequests(max: number): SseError {
  return new SseError(
    "overloaded",
    `${max} requests to the other instances wait for a response; try again in a moment`,
  );
}

/** The error of a message from one instance too many. */
export function tooManyInstances(max: number): SseError {
  return new SseError("overloaded", `more than ${max} instances sent messages: use one bus for each hub`);
}
