import type { Receiver } from "../transport/transport.js";
import type { History, Step } from "./history.js";
import { fromPlain, type Happening } from "./messages.js";

/** One tab's copy of the stream: how far it has come, and what is still to be handed out. */
export interface Copy {
  /** The id up to which everything has been taken, handed out or not. */
  readonly received: string;
  /** The last steps taken. */
  readonly history: History;
  /** Takes the step that follows what has been received. `false`: it is not that one. */
  take(step: Step): boolean;
  /** Takes what happened to the connection, in its place between the events. */
  happen(happening: Happening): void;
  /** Goes on from an id, and says so if that leaves something out. */
  jump(id: string): void;
}

/**
 * @param received where the copy begins.
 * @param signal nobody wants it any more.
 */
export function createCopy(
  receiver: Receiver,
  received: string,
  history: History,
  signal: AbortSignal,
): Copy {
  let inbox = Promise.resolve();

  function later(task: () => unknown): void {
    inbox = inbox.then(async () => {
      if (!signal.aborted) await task();
    });
  }

  async function handOut({ event, after }: Step): Promise<void> {
    if (event) await receiver.deliver(event, signal);
    await receiver.reach(signal.aborted ? await receiver.resumeFrom() : after);
  }

  const copy = {
    received,
    history,
    take(step: Step) {
      if (step.before !== copy.received) return false;
      copy.received = step.after;
      history.add(step);
      later(() => handOut(step));
      return true;
    },
    happen(happening: Happening) {
      later(() => tell(receiver, happening));
    },
    jump(id: string) {
      const { received: requested } = copy;
      copy.received = id;
      if (requested !== "")
        copy.happen({ name: "gap", info: { reason: "unknown", requested, oldest: null } });
      later(() => receiver.reach(id));
    },
  };
  return copy;
}

function tell(receiver: Receiver, { name, info, error }: Happening): void {
  const failure = error && fromPlain(error);
  if (name === "end") receiver.end(failure);
  else if (name === "left out") receiver.leaveOut(failure!);
  else receiver.emit(name, { ...info, ...(failure && { error: failure }) } as never);
}
