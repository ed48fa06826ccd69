import type { StandardSchemaV1 } from "@standard-schema/spec";
import { describe, expectTypeOf, test } from "vitest";
import { createEventSource, type EventSourceClient } from "../src/index.js";

declare function schema<T>(): StandardSchemaV1<unknown, T>;
interface Prices {
  AAPL: { price: number };
  halt: string;
}

/** Never called: what counts is that it compiles. */
function compiled(_program: () => void): void {}

describe("what the types promise", () => {
  test("without options, data is text and any name will do", () => {
    compiled(() => {
      const source = createEventSource("/");
      expectTypeOf(source).toEqualTypeOf<EventSourceClient<Record<string, string>>>();
      source.on("anything", ({ event, data, id }) => {
        expectTypeOf(event).toEqualTypeOf<"anything">();
        expectTypeOf(data).toEqualTypeOf<string>();
        expectTypeOf(id).toEqualTypeOf<string | undefined>();
      });
    });
  });

  test("JSON is unknown until a schema or a type says what it is", () => {
    compiled(() => {
      createEventSource("/", { decode: "json" }).on("a", ({ data }) =>
        expectTypeOf(data).toEqualTypeOf<unknown>(),
      );
      createEventSource<Prices>("/", { decode: "json" }).on("AAPL", ({ data }) =>
        expectTypeOf(data).toEqualTypeOf<{ price: number }>(),
      );
      createEventSource<Prices>("/", { decode: (text) => JSON.parse(text) as Prices["AAPL"] });
    });
  });

  test("payloads other than text need something that makes them of text", () => {
    compiled(() => {
      // @ts-expect-error the data would be text
      createEventSource<Prices>("/");
      // @ts-expect-error the data would be text
      createEventSource<Prices>("/", { decode: "text" });
      // @ts-expect-error the data would be bytes
      createEventSource<Prices>("/", { decode: "base64" });
      createEventSource<{ halt: string }>("/").on("halt", ({ data }) =>
        expectTypeOf(data).toEqualTypeOf<string>(),
      );
    });
  });

  test("a function's result must be what the events hold", () => {
    compiled(() => {
      // @ts-expect-error a number is no price
      createEventSource<Prices>("/", { decode: () => 3 });
      createEventSource<Record<string, number>>("/", { decode: Number }).on("a", ({ data }) =>
        expectTypeOf(data).toEqualTypeOf<number>(),
      );
    });
  });

  test("base64 is bytes", () => {
    compiled(() => {
      createEventSource("/", { decode: "base64" }).on("a", ({ data }) =>
        expectTypeOf(data).toEqualTypeOf<Uint8Array>(),
      );
    });
  });

  test("schemas say the names and the payloads: wrong ones do not compile", () => {
    compiled(() => {
      const source = createEventSource("/", {
        events: { price: schema<{ price: number }>(), halt: schema<boolean>() },
      });
      source.on("price", ({ data }) => expectTypeOf(data).toEqualTypeOf<{ price: number }>());
      // @ts-expect-error no such event
      source.on("prize", () => {});
      // @ts-expect-error a price is no text
      source.on("price", ({ data }: { data: string }) => data);
      // @ts-expect-error the types come from the schemas
      createEventSource<Prices>("/", { events: { AAPL: schema<number>() } });
    });
  });

  test("in a loop and for any event, the name tells what the data is", () => {
    compiled(async () => {
      const source = createEventSource("/", {
        events: { price: schema<{ price: number }>(), halt: schema<boolean>() },
      });
      for await (const event of source) {
        expectTypeOf(event.event).toEqualTypeOf<"price" | "halt">();
        if (event.event === "price") expectTypeOf(event.data).toEqualTypeOf<{ price: number }>();
        else expectTypeOf(event.data).toEqualTypeOf<boolean>();
      }
      source.onAny((event) => expectTypeOf(event.event).toEqualTypeOf<"price" | "halt">());
    });
  });

  test("events of an explicit map must be named as in it", () => {
    compiled(() => {
      // @ts-expect-error no such event
      createEventSource<Prices>("/", { decode: "json" }).on("MSFT", () => {});
    });
  });

  test("lifecycle names are not event names, and tell their own story", () => {
    compiled(() => {
      const source = createEventSource("/");
      source.onLifecycle("gap", ({ reason }) =>
        expectTypeOf(reason).toEqualTypeOf<"evicted" | "epoch" | "unknown">(),
      );
      source.onLifecycle("reconnecting", ({ delay }) => expectTypeOf(delay).toEqualTypeOf<number>());
      // @ts-expect-error a wire name
      source.onLifecycle("message", () => {});
    });
  });

  test("the runtime's own objects fit: localStorage, fetch, an AbortSignal", () => {
    compiled(() => {
      createEventSource(new URL("http://host/"), {
        storage: localStorage,
        fetch,
        signal: AbortSignal.timeout(1),
        headers: new Headers(),
        credentials: "include",
      });
    });
  });
});
