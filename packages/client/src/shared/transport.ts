import type { Receiver, Transport } from "../transport/transport.js";
import { createFollower } from "./follower.js";
import { createHistory } from "./history.js";
import { createLeader, type Leader } from "./leader.js";
import type { Message } from "./messages.js";
import { createCopy } from "./replica.js";

/** What tabs need to find each other. */
export interface Meeting {
  /** Who holds the lock of a name leads. It goes to the next tab when the leader is gone, however that came about. */
  readonly locks: Pick<LockManager, "request">;
  /** How tabs talk. */
  readonly BroadcastChannel: typeof BroadcastChannel;
}

/**
 * A transport for all tabs of an origin that use the same name. One of them, the leader, holds the connection and tells the others
 * what comes. Every tab keeps the last steps of the stream, so that whoever leads next goes on where the last one stopped; and every
 * step names the id before it, so that each tab takes each event once, and notices when one is missing.
 *
 * Tabs do not wait for each other: what a tab has not yet dealt with waits in that tab.
 *
 * @param createOwn makes the connection, should this tab come to lead.
 */
export function createSharedTransport(
  name: string,
  receiver: Receiver,
  createOwn: (receiver: Receiver) => Transport,
  { locks, BroadcastChannel }: Meeting,
): Transport {
  const self = `${Math.random()}`;
  const history = createHistory();
  let wake = () => {};

  async function join(signal: AbortSignal): Promise<void> {
    const copy = createCopy(receiver, await receiver.resumeFrom(), history, signal);
    if (signal.aborted) return;
    const channel = new BroadcastChannel(name);
    const post = (message: Message) => channel.postMessage(message);
    const follower = createFollower(copy, self, post);
    let leader: Leader | undefined;
    const left = new Promise<void>((resolve) => {
      signal.addEventListener("abort", () => {
        channel.close();
        resolve();
      });
    });
    wake = () => (leader ? leader.transport.wake() : post({ wake: true }));
    channel.onmessage = ({ data }: MessageEvent<Message>) => {
      if (!("to" in data) || data.to === self) (leader ?? follower).hear(data);
    };
    follower.join();
    const lead = () => {
      leader = createLeader(copy, receiver, createOwn, post);
      leader.transport.start(signal);
      return left;
    };
    // It rejects when the tab leaves before it came to lead.
    await locks.request(name, { signal }, lead).catch(() => {});
  }

  return {
    start: (signal) => void join(signal),
    wake: () => wake(),
  };
}
