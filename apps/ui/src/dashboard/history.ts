import type { Sample, SampledStats } from "../sample.js";

/** The numbers of one hub over time, in the columns that a chart reads. */
export interface HubColumns {
  /** Seconds since 1970. */
  readonly times: number[];
  readonly connections: number[];
  /** Events a second that were written to connections. */
  readonly events: number[];
  readonly lagging: number[];
}

/** The maximum number of samples that are kept: three minutes. */
const maxSamples = 180;

/** The last samples of a process, and the rates between them. */
export class SampleHistory {
  /** The newest sample. */
  last: Sample | undefined;
  /** The part of a processor that the process has used between the last two samples. */
  cpu = 0;
  readonly hubs = new Map<string, HubColumns>();
  readonly memory: { readonly times: number[]; readonly mebibytes: number[] } = {
    times: [],
    mebibytes: [],
  };

  add(sample: Sample): void {
    const previous = this.last?.process === sample.process ? this.last : undefined;
    this.last = sample;
    const elapsed = previous && sample.at - previous.at;
    this.cpu = previous && elapsed ? Math.max(0, (sample.cpu - previous.cpu) / elapsed) : 0;
    append(this.memory.times, sample.at / 1_000);
    append(this.memory.mebibytes, sample.memory / 1_048_576);
    for (const [name, stats] of Object.entries(sample.hubs)) {
      const columns = this.#columns(name);
      const before = previous?.hubs[name];
      append(columns.times, sample.at / 1_000);
      append(columns.connections, stats.connections);
      append(columns.lagging, stats.lagging);
      append(columns.events, before && elapsed ? ((written(stats) - written(before)) / elapsed) * 1_000 : 0);
    }
  }

  #columns(name: string): HubColumns {
    const columns = this.hubs.get(name) ?? { times: [], connections: [], events: [], lagging: [] };
    this.hubs.set(name, columns);
    return columns;
  }
}

function written({ delivered, replayed }: SampledStats): number {
  return Math.max(0, delivered + replayed);
}

function append(column: number[], value: number): void {
  column.push(value);
  if (column.length > maxSamples) column.shift();
}
