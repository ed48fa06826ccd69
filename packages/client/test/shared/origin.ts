import type { TabPlatform } from "../../src/shared/transport.js";

type Callback = (lock: Lock | null) => unknown;

/** A tab of a {@link FakeOrigin}: what its scripts see of the browser. */
export interface FakeTab extends TabPlatform {
  /** Ends the tab as a browser does: none of its code runs any more, its locks go to others, what it has sent still arrives. */
  kill(): void;
}

interface Channel {
  readonly tab: object;
  readonly name: string;
  onmessage: ((event: { data: unknown }) => void) | null;
}

/**
 * The locks and channels of one origin. Nothing happens by itself: every message to a tab and every granted lock waits in its queue
 * until it is delivered, so that a test decides the order. Only between two tabs messages keep theirs.
 */
export class FakeOrigin {
  /** What has been sent and granted, in queues that are served in order. */
  readonly #queues = new Map<string, (() => void)[]>();
  readonly #channels = new Set<Channel>();
  readonly #waiting: { tab: object; callback: Callback }[] = [];
  readonly #dead = new Set<object>();
  #holder: object | undefined;
  /** How many messages from now on get lost on the way to each tab. */
  losing = 0;

  tab(): FakeTab {
    const tab = { number: this.#tabs++ };
    const origin = this;
    class FakeChannel implements Channel {
      readonly tab = tab;
      readonly name: string;
      onmessage: Channel["onmessage"] = null;
      constructor(name: string) {
        this.name = name;
        origin.#channels.add(this);
      }
      postMessage(message: unknown): void {
        if (!origin.#dead.has(tab)) origin.#send(this, structuredClone(message));
      }
      close(): void {
        origin.#channels.delete(this);
      }
    }
    return {
      BroadcastChannel: FakeChannel as never,
      locks: { request: (...request: unknown[]) => origin.#request(tab, request[1], request[2]) } as never,
      kill: () => {
        this.#dead.add(tab);
        for (const channel of this.#channels) if (channel.tab === tab) this.#channels.delete(channel);
        this.#release(tab);
      },
    };
  }

  /** How many things could be delivered now. */
  get choices(): number {
    return this.#queues.size;
  }

  /** Delivers the first thing of one queue. */
  deliver(choice: number): void {
    const [key, queue] = [...this.#queues][choice % this.#queues.size] ?? [];
    if (key === undefined || !queue) return;
    const task = queue.shift();
    if (queue.length === 0) this.#queues.delete(key);
    task?.();
  }

  #tabs = 0;

  #enqueue(key: string, task: () => void): void {
    const queue = this.#queues.get(key) ?? [];
    this.#queues.set(key, queue);
    queue.push(task);
  }

  #send(from: Channel, data: unknown): void {
    for (const channel of this.#channels) {
      if (channel.tab === from.tab || channel.name !== from.name) continue;
      if (this.losing > 0) continue;
      const key = `${(from.tab as { number: number }).number}>${(channel.tab as { number: number }).number}`;
      this.#enqueue(key, () => this.#channels.has(channel) && channel.onmessage?.({ data }));
    }
    if (this.losing > 0) this.losing -= 1;
  }

  #request(tab: object, options: unknown, callback: unknown): Promise<unknown> {
    const { signal } = options as { signal: AbortSignal };
    return new Promise((resolve, reject) => {
      const entry = {
        tab,
        callback: async (lock: Lock | null) => resolve(await (callback as Callback)(lock)),
      };
      this.#waiting.push(entry);
      signal.addEventListener("abort", () => {
        const index = this.#waiting.indexOf(entry);
        if (index === -1) return;
        this.#waiting.splice(index, 1);
        reject(signal.reason);
      });
      this.#grant();
    });
  }

  #grant(): void {
    if (this.#holder) return;
    const next = this.#waiting.shift();
    if (!next) return;
    if (this.#dead.has(next.tab)) {
      this.#grant();
      return;
    }
    this.#holder = next.tab;
    this.#enqueue("lock", async () => {
      if (!this.#dead.has(next.tab)) await next.callback(null);
      this.#release(next.tab);
    });
  }

  #release(tab: object): void {
    if (this.#holder !== tab) return;
    this.#holder = undefined;
    this.#grant();
  }
}
