import type { StandardSchemaV1 } from "@standard-schema/spec";

/**
 * One event as listeners and loops get it. In TypeScript a union over all event names, so that `event` tells what `data` is.
 */
export type ReceivedEvent<Events extends object, Name extends EventName<Events> = EventName<Events>> = {
  [Key in Name]: {
    /** Event type; `message` when the stream named none. */
    readonly event: Key;
    /** The data, decoded. */
    readonly data: Events[Key];
    /** The stream's last event id after this event; `""` when there is none. */
    readonly lastEventId: string;
    /** The id that this event itself carried. Absent when it carried none. */
    readonly id?: string;
  };
}[Name];

/** The event names of a map from names to payload types. */
export type EventName<Events extends object> = keyof Events & string;

/** One schema an event name, of any validator that implements Standard Schema 1, such as Zod, Valibot and ArkType. */
export type EventSchemas = Readonly<Record<string, StandardSchemaV1>>;

/** The payload types that schemas produce. */
export type InferEvents<Schemas extends EventSchemas> = {
  [Name in keyof Schemas]: StandardSchemaV1.InferOutput<Schemas[Name]>;
};
