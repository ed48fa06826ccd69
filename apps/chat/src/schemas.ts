import type { EventSchemas } from "@sse/koa";
import type { Answer, ChatEvents, ChatMessage, PresenceChange, Tick, Typing, Word } from "./events.js";

/** A check of a field's value, and the description of valid values. */
interface Field {
  readonly wanted: string;
  fits(value: unknown): boolean;
}

const text: Field = { wanted: "a text", fits: (value) => typeof value === "string" };
const texts: Field = {
  wanted: "a list of texts",
  fits: (value) => Array.isArray(value) && value.every(text.fits),
};
const time: Field = {
  wanted: "a time in ISO 8601",
  fits: (value) => typeof value === "string" && !Number.isNaN(Date.parse(value)),
};

/** The schemas of all events. The page relies on them. */
export const chatSchemas: EventSchemas<ChatEvents> = {
  broadcast: record<ChatMessage>({
    Type: oneOf("broadcast"),
    From: text,
    To: text,
    Message: text,
    Timestamp: time,
  }),
  room: record<ChatMessage>({ Type: oneOf("room"), From: text, To: text, Message: text, Timestamp: time }),
  direct: record<ChatMessage>({
    Type: oneOf("direct"),
    From: text,
    To: text,
    Message: text,
    Timestamp: time,
  }),
  answer: record<Answer>({
    Type: oneOf("answer"),
    From: text,
    To: text,
    Message: text,
    Asker: text,
    Run: text,
    Timestamp: time,
  }),
  word: record<Word>({ Text: text }),
  presence: record<PresenceChange>({ Type: oneOf("join", "leave"), User: text, Users: texts }),
  typing: record<Typing>({ Type: oneOf("broadcast", "room", "direct"), From: text, To: text }),
  tick: record<Tick>({ Time: time }),
};

function oneOf(...values: string[]): Field {
  return {
    wanted: values.map((value) => `"${value}"`).join(" or "),
    fits: (value) => values.includes(value as string),
  };
}

/**
 * Returns a schema for objects with these fields. Any library that follows Standard Schema works as
 * well.
 */
function record<Event>(fields: Record<keyof Event & string, Field>): EventSchemas<{ event: Event }>["event"] {
  const entries = Object.entries<Field>(fields);
  return {
    "~standard": {
      version: 1,
      vendor: "chat",
      validate: (value) => {
        if (typeof value !== "object" || value === null)
          return { issues: [{ message: "must be an object" }] };
        const given = value as Record<string, unknown>;
        const issues = entries
          .filter(([name, { fits }]) => !fits(given[name]))
          .map(([name, { wanted }]) => ({ message: `must be ${wanted}`, path: [name] }));
        return issues.length > 0 ? { issues } : { value };
      },
    },
  };
}
