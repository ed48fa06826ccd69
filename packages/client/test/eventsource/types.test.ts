import { expectTypeOf, test } from "vitest";
import {
  EventSource,
  type EventSourceErrorEvent,
  type EventSourceMessageEvent,
} from "../../src/eventsource/index.js";
import { streamOf } from "./tools.js";

test("the class can stand where the DOM's is expected", () => {
  const Class: typeof globalThis.EventSource = EventSource;
  const source: globalThis.EventSource = EventSource.fromReadableStream(streamOf([]));
  source.close();
  expectTypeOf(Class).instance.toHaveProperty("readyState");
});

test("events are typed by their names", () => {
  const source = EventSource.fromReadableStream(streamOf([]));
  source.close();
  source.addEventListener("open", (event) => expectTypeOf(event).toEqualTypeOf<Event>());
  source.addEventListener("message", (event) => expectTypeOf(event.data).toEqualTypeOf<string>());
  source.addEventListener("error", (event) => expectTypeOf(event).toEqualTypeOf<EventSourceErrorEvent>());
  source.addEventListener("price", (event) => expectTypeOf(event).toEqualTypeOf<EventSourceMessageEvent>());
  source.addEventListener("price", (_event: Event) => {});
  source.addEventListener("price", (_event: MessageEvent) => {});
  source.addEventListener("price", (_event: MessageEvent<string>) => {});
  source.onmessage = (_event: MessageEvent) => {};
  source.onmessage = (event) => expectTypeOf(event.data).toEqualTypeOf<string>();
  expectTypeOf(source.readyState).toEqualTypeOf<0 | 1 | 2>();
  expectTypeOf(EventSource.CLOSED).toEqualTypeOf<2>();
  expectTypeOf(source.OPEN).toEqualTypeOf<1>();
});

test("headers and fetch take what the runtime's fetch takes", () => {
  type Init = NonNullable<ConstructorParameters<typeof EventSource>[1]>;
  expectTypeOf<typeof globalThis.fetch>().toExtend<NonNullable<Init["fetch"]>>();
  expectTypeOf<Headers>().toExtend<NonNullable<Init["headers"]>>();
  expectTypeOf<() => Promise<Record<string, string>>>().toExtend<NonNullable<Init["headers"]>>();
  expectTypeOf<number>().not.toExtend<NonNullable<Init["headers"]>>();
});
