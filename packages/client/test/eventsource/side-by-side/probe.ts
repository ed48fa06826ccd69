type EventSourceClass = typeof globalThis.EventSource;

/** Describes the interface of a class as a program sees it, a line for each fact. */
export function probe(EventSource: EventSourceClass, url: string): string[] {
  const facts: string[] = [];
  const tell = (fact: string, value: unknown): void => {
    facts.push(`${fact}: ${typeof value === "string" ? value : JSON.stringify(value)}`);
  };

  tell("name", EventSource.name);
  tell("parameters that must be given", EventSource.length);
  for (const name of ["CONNECTING", "OPEN", "CLOSED"]) {
    tell(`class ${name}`, Object.getOwnPropertyDescriptor(EventSource, name));
    tell(`prototype ${name}`, Object.getOwnPropertyDescriptor(EventSource.prototype, name));
  }
  tell("prototype tag", Object.getOwnPropertyDescriptor(EventSource.prototype, Symbol.toStringTag));
  for (const name of ["url", "withCredentials", "readyState", "onopen", "onmessage", "onerror", "close"]) {
    tell(`prototype ${name}`, shape(Object.getOwnPropertyDescriptor(EventSource.prototype, name)));
  }
  tell("parent", Object.getPrototypeOf(EventSource) === EventTarget);
  tell(
    "called without new",
    thrownBy(() => (EventSource as unknown as () => void)()),
  );
  for (const bad of ["http://this is invalid/", "http://", "//", "http://[::1", "https://:443/"]) {
    tell(
      `url ${bad}`,
      thrownBy(() => new EventSource(bad).close()),
    );
  }
  tell(
    "url that is a symbol",
    thrownBy(() => new EventSource(Symbol() as unknown as string)),
  );

  const source = new EventSource({ toString: () => url } as string, {
    withCredentials: 1 as unknown as boolean,
  });
  tell("instance", String(source));
  tell("own properties", Object.keys(source));
  tell("url from an object's text", source.url === url);
  tell("withCredentials from a number", source.withCredentials);
  source.close();
  tell("state after close()", source.readyState);
  source.close();
  tell("state after another close()", source.readyState);
  tell("close() returns", String(source.close()));
  tellOfHandlers(source, tell);
  tell(
    "withCredentials by default",
    (() => {
      const plain = new EventSource(url);
      plain.close();
      return plain.withCredentials;
    })(),
  );
  return facts;
}

function tellOfHandlers(source: EventSource, tell: (fact: string, value: unknown) => void): void {
  const calls: string[] = [];
  const call = (name: string) => () => calls.push(name);
  const fire = (): string => {
    calls.length = 0;
    source.dispatchEvent(new Event("open"));
    return calls.join(" ");
  };
  tell("handlers at first", [source.onopen, source.onmessage, source.onerror]);
  source.addEventListener("open", call("first"));
  source.onopen = call("handler");
  source.addEventListener("open", call("last"));
  tell("a handler is called in its place", fire());
  source.onopen = call("other");
  tell("a handler that replaces another keeps the place", fire());
  const object = {};
  source.onopen = object as () => void;
  tell("an object is kept as a handler", (source.onopen as unknown) === object);
  tell("and is not called", fire());
  source.onopen = call("again");
  tell("the place is kept for the next one", fire());
  source.onopen = 1 as unknown as null;
  tell("a number counts as null", source.onopen);
  tell("null takes the handler away", fire());
  source.onopen = call("new");
  tell("the next handler comes last", fire());
  source.onopen = function (this: unknown, event: Event) {
    calls.push(String(this === source && event.target === source));
  };
  tell("a handler's this is the source", fire());
}

/** A property, without what a page cannot see. */
function shape(descriptor: PropertyDescriptor | undefined): unknown {
  if (!descriptor) return "missing";
  const { get, set, value, ...flags } = descriptor;
  return { ...flags, get: typeof get, set: typeof set, value: typeof value };
}

function thrownBy(work: () => void): string {
  try {
    work();
    return "nothing";
  } catch (error) {
    const { name, code } = error as DOMException;
    const kind =
      error instanceof DOMException ? "DOMException" : error instanceof TypeError ? "TypeError" : "other";
    return `${kind} ${name} ${code ?? ""}`;
  }
}
