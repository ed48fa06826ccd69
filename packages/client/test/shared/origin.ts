import type { TabPlatform } from "../../src/shared/tab.js";

/** A request for the lock. */
interface LockRequest {
  readonly tab: TabNumber;
  readonly callback: (lock: Lock | null) => unknown;
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

interface TabNumber {
  readonly number: number;
}

/** A tab of a {@link FakeOrigin}: what its scripts see of the browser. */
export interface FakeTab extends TabPlatform {
  /**
   * Ends the tab as a browser does: none of its code runs any more, its locks go to others, what it
   * has sent still arrives.
   */
  kill(): void;
  /** Stops the tab: messages and locks wait until it runs on. */
  block(blocked: boolean): void;
}

interface Channel {
  readonly tab: TabNumber;
  readonly name: string;
  onmessage: ((event: { data: unknown }) => void) | null;
}

/**
 * The locks and channels of one origin. Nothing happens by itself: every message to a tab and every
 * granted lock waits in its queue until it is delivered, so that a test decides the order. Only
 * between two tabs messages keep theirs.
 */
export class FakeOrigin {
  /** The messages and locks that have been sent and granted, in queues that are served in order. */
  readonly #queues = new Map<string, (() => void)[]>();
  readonly #channels = new Set<Channel>();
  readonly #waiting: LockRequest[] = [];
  readonly #dead = new Set<TabNumber>();
  readonly #blocked = new Set<TabNumber>();
  #holder: LockRequest | undefined;
  /** The number of messages that are lost from now on, on the way to each tab. */
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
        if (!origin.#channels.has(this)) throw new DOMException("closed", "InvalidStateError");
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
        if (this.#holder?.tab === tab) this.#release(this.#holder);
      },
      block: (blocked) => {
        if (blocked) this.#blocked.add(tab);
        else this.#blocked.delete(tab);
      },
    };
  }

  /** The number of deliveries that could be made now. */
  get choices(): number {
    return this.#deliverable.length;
  }

  /** Delivers the first thing of one queue. */
  deliver(choice: number): void {
    const queues = this.#deliverable;
    const [key, queue] = queues[choice % queues.length] ?? [];
    if (key === undefined || !queue) return;
    const task = queue.shift();
    if (queue.length === 0) this.#queues.delete(key);
    task?.();
  }

  /** The queues of the tabs that run. */
  get #deliverable(): [string, (() => void)[]][] {
    const blocked = [...this.#blocked].map(({ number }) => `>${number}`);
    return [...this.#queues].filter(([key]) => !blocked.some((end) => key.endsWith(end)));
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
      const key = `${from.tab.number}>${channel.tab.number}`;
      this.#enqueue(key, () => this.#channels.has(channel) && channel.onmessage?.({ data }));
    }
    if (this.losing > 0) this.losing -= 1;
  }

  #request(tab: TabNumber, options: unknown, callback: unknown): Promise<unknown> {
    const { signal, steal } = options as { signal?: AbortSignal; steal?: boolean };
    return new Promise((resolve, reject) => {
      const request: LockRequest = { tab, callback: callback as LockRequest["callback"], resolve, reject };
      if (steal) this.#rob();
      this.#waiting[steal ? "unshift" : "push"](request);
      signal?.addEventListener("abort", () => {
        const index = this.#waiting.indexOf(request);
        if (index === -1) return;
        this.#waiting.splice(index, 1);
        reject(signal.reason);
      });
      this.#grant();
    });
  }

  /** Takes the lock from the tab that holds it, which hears of it when it runs. */
  #rob(): void {
    const robbed = this.#holder;
    this.#holder = undefined;
    if (!robbed) return;
    const error = new DOMException("stolen", "AbortError");
    this.#enqueue(`lock>${robbed.tab.number}`, () => robbed.reject(error));
  }

  #grant(): void {
    if (this.#holder) return;
    const next = this.#waiting.shift();
    if (!next) return;
    if (this.#dead.has(next.tab)) {
      this.#grant();
      return;
    }
    this.#holder = next;
    this.#enqueue(`lock>${next.tab.number}`, async () => {
      if (!this.#dead.has(next.tab)) next.resolve(await next.callback(null));
      this.#release(next);
    });
  }

  #release(request: LockRequest): void {
    if (this.#holder !== request) return;
    this.#holder = undefined;
    this.#grant();
  }
}
