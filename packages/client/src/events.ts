import type { StandardSchemaV1 } from "@standard-schema/spec";

/**
 * One event as listeners and loops receive it. Its type is a union over all event names, so that
 * the type of `data` follows from `event`.
 */
export type ReceivedEvent<Events extends object, Name extends EventName<Events> = EventName<Events>> = {
  [Key in Name]: {
    /** The event's name; `message` when the stream named none. */
    readonly event: Key;
    /** The decoded data. */
    readonly data: Events[Key];
    /** The stream's last event id after this event; `""` when there is none. */
    readonly lastEventId: string;
    /** The id of this event itself. Absent when it carried none. */
    readonly id?: string;
  };
}[Name];

/** The event names of a map from names to payload types. */
export type EventName<Events extends object> = keyof Events & string;

/**
 * Maps event names to schemas of any validator that implements Standard Schema 1, such as Zod or
 * Valibot.
 */
export type EventSchemas = Readonly<Record<string, StandardSchemaV1>>;

/** The payload types that schemas produce. */
export type InferEvents<Schemas extends EventSchemas> = {
  [Name in keyof Schemas]: StandardSchemaV1.InferOutput<Schemas[Name]>;
};
