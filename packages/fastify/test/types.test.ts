import { expectTypeOf, test } from "vitest";
import { type EventStream, eventStream } from "../src/index.js";

interface Events {
  price: { symbol: string };
  halt: boolean;
}

test("eventStream<Events> types what may be sent", () => {
  eventStream<Events>((stream) => {
    expectTypeOf(stream).toEqualTypeOf<EventStream<Events>>();
    void stream.send({ event: "price", data: { symbol: "AAPL" } });
    // @ts-expect-error: the data of another event
    void stream.send({ event: "price", data: true });
    // @ts-expect-error: not among the events
    void stream.send({ event: "news", data: "x" });
  });
  eventStream((stream) => {
    expectTypeOf(stream).toEqualTypeOf<EventStream>();
    void stream.send({ event: "anything", data: 1 });
  });
});
