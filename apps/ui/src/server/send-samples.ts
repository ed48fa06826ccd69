import type { Sample, SampledHub } from "../sample.js";

/** The part of an event stream that {@link sendSamples} writes to. */
export interface SampleStream {
  readonly signal: AbortSignal;
  send(event: { event: string; data: Sample }): unknown;
}

/**
 * Sends the statistics of hubs once a second, until the client leaves.
 *
 * @param hubs returns the hubs by the name that distinguishes them.
 */
export function sendSamples(stream: SampleStream, hubs: () => Readonly<Record<string, SampledHub>>): void {
  const send = (): void => {
    const { user, system } = process.cpuUsage();
    const all = Object.entries(hubs()).map(([name, hub]) => [name, hub.stats()] as const);
    const data: Sample = {
      at: Date.now(),
      process: process.pid,
      memory: process.memoryUsage.rss(),
      cpu: (user + system) / 1_000,
      hubs: Object.fromEntries(all),
    };
    void stream.send({ event: "sample", data });
  };
  send();
  const timer = setInterval(send, 1_000);
  stream.signal.addEventListener("abort", () => clearInterval(timer));
}
