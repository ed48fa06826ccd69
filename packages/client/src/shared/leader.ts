import type { Receiver, Transport } from "../transport/transport.js";
import type { Step } from "./history.js";
import { type Happening, type Message, toPlain } from "./messages.js";
import type { Copy } from "./replica.js";

/** The tab that holds the connection. */
export interface Leader {
  readonly transport: Transport;
  hear(message: Message): void;
}

/**
 * @param receiver this tab's own.
 * @param createOwn makes the connection.
 */
export function createLeader(
  copy: Copy,
  receiver: Receiver,
  createOwn: (receiver: Receiver) => Transport,
  post: (message: Message) => void,
): Leader {
  /** What a tab that joins must know. */
  let state: Happening[] = [];

  function goOn(step: Step): void {
    post({ step });
    copy.take(step);
  }

  function happen(happening: Happening): void {
    const { name } = happening;
    if (name === "connecting" || name === "reconnecting") state = [];
    if (name === "open" || name === "live") state.push(happening);
    post({ happening });
    copy.happen(happening);
  }

  const transport = createOwn({
    ...receiver,
    resumeFrom: async () => copy.received,
    deliver: async (event) => goOn({ before: copy.received, after: event.lastEventId, event }),
    async reach(id) {
      if (id !== copy.received) goOn({ before: copy.received, after: id });
    },
    leaveOut: (error) => happen({ name: "left out", error: toPlain(error) }),
    emit(name, info) {
      const { error, ...rest } = { ...info } as { error?: never };
      happen({ name, info: rest, error: toPlain(error) });
    },
    end: (error) => happen({ name: "end", error: toPlain(error) }),
  });

  return {
    transport,
    hear(message) {
      if ("wake" in message) transport.wake();
      if (!("where" in message)) return;
      const { where, from: to, joining } = message;
      if (joining) for (const happening of state) post({ happening, to });
      if (where === copy.received) return;
      // Who has no id begins at the head, as it would with a connection of its own.
      const missed = where && copy.history.after(where);
      if (missed) for (const step of missed) post({ step, to });
      else post({ here: copy.received, to });
    },
  };
}
