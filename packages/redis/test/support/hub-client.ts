import { type EventSink, EventStream } from "@sse/core";
import type { Hub, HubConnection } from "@sse/hub";
import { until } from "./logs.js";

/** A client of a hub in this process, which keeps the text that it receives. */
export class Client {
  readonly connection: HubConnection;
  text = "";

  constructor(hub: Hub, topics: string[], user?: string, lastEventId = "") {
    const stream = new EventStream(this.#sink(), { lastEventId });
    this.connection = hub.connect(stream, { topics, ...(user !== undefined && { user }) });
  }

  async has(text: string): Promise<void> {
    await until(() => this.text.includes(text));
  }

  #sink(): EventSink {
    const decoder = new TextDecoder();
    let end = (): void => {};
    const closed = new Promise<void>((resolve) => {
      end = resolve;
    });
    return {
      write: (bytes) => {
        this.text += decoder.decode(bytes, { stream: true });
      },
      room: 1024 * 1024,
      drain: async () => {},
      close: end,
      destroy: end,
      closed,
    };
  }
}
