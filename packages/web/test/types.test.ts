import { expectTypeOf, test } from "vitest";
import { createHub, type EventStream, eventStream, hubStream } from "../src/index.js";

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

test("a handler accepts what its callback names, or anything if that names nothing", () => {
  const hub = createHub();
  const request = new Request("http://localhost/");
  void hubStream(hub)(request, { env: 1 });
  const everyone = hubStream(hub, () => ({}));
  expectTypeOf(everyone).toBeCallableWith(request);
  expectTypeOf(everyone).toBeCallableWith(request, { env: 1 });
  const own = hubStream(hub, (_, { topic }: { topic: string }) => ({ topics: [topic] }));
  expectTypeOf(own).toBeCallableWith(request, { topic: "a" });
  // @ts-expect-error: its callback needs the second argument
  void (() => own(request));
});
