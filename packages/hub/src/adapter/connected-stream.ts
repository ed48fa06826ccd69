import { EventStream, type SseError } from "@sse/core";
import type { HubConnection } from "../subscription.js";
import { throwReturned } from "../validate.js";
import type { Exchange, StreamOutcome } from "./exchange.js";
import { isPromise, type ServeOptions, serve } from "./serve.js";

/** The part of a hub that connects streams. */
export interface StreamConnector<Subscription> {
  connect(stream: EventStream, subscription: Subscription): HubConnection | Promise<HubConnection>;
  /** Checks what `connect` checks, and connects nothing: a response to HEAD. */
  probe(stream: EventStream, subscription: Subscription): Promise<void>;
  /** The error of a callback that returns no subscription. */
  noSubscription(): SseError;
}

/** Serves a request with a stream that a hub writes to, once the application has allowed it. */
export function serveConnected<Subscription extends object>(
  exchange: Exchange,
  settings: ServeOptions,
  connector: StreamConnector<Subscription>,
  subscribe: () => Subscription | Promise<Subscription>,
): StreamOutcome {
  return serve(exchange, settings, async (sink) => {
    const subscribed = subscribe();
    // Without a wait where there is none, so that `serve` finds the stream started.
    const subscription = isPromise(subscribed) ? await subscribed : subscribed;
    if (sink.over) return;
    throwReturned(subscription);
    if (typeof subscription !== "object" || subscription === null) throw connector.noSubscription();
    const { lastEventId } = exchange;
    const stream = new EventStream(sink, { lastEventId, heartbeat: 0 });
    // Not before this: a hub that refuses responds instead of the stream.
    if (exchange.method !== "HEAD") {
      const connected = connector.connect(stream, subscription);
      return (isPromise(connected) ? await connected : connected).opened;
    }
    // Only the head is wanted, so no connection is made.
    await connector.probe(stream, subscription);
    stream.close();
  });
}
