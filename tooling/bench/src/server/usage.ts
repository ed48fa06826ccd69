import { existsSync, readdirSync, readFileSync } from "node:fs";

/** Resources that a process has used. */
export interface Usage {
  /** CPU time, user and system, in microseconds. */
  cpu: number;
  /** Resident memory, in bytes. */
  rss: number;
  /** The most memory that was ever resident, in bytes. */
  peakRss: number;
  /**
   * Live memory of the JavaScript heap and what hangs on it, in bytes; 0 for a process that is not
   * Node.
   */
  heap: number;
  /**
   * System calls that write; `undefined` where the system does not count them (it does on Linux).
   */
  writes: number | undefined;
}

/** The usage of this process, or of another that serves for it (on Linux). */
export function usage(processId?: number): Usage {
  return processId === undefined ? ownUsage() : usageOf(processId);
}

function ownUsage(): Usage {
  const { user, system } = process.cpuUsage();
  const { rss, heapUsed, external } = process.memoryUsage();
  const peakRss = process.resourceUsage().maxRSS * 1_024;
  return { cpu: user + system, rss, peakRss, heap: heapUsed + external, writes: writes(process.pid) };
}

function usageOf(processId: number): Usage {
  const status = readFileSync(`/proc/${processId}/status`, "utf8");
  const bytes = (name: string) => 1_024 * Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(status)?.[1]);
  const [rss, peakRss] = [bytes("VmRSS"), bytes("VmHWM")];
  return { cpu: cpuOf(processId), rss, peakRss, heap: 0, writes: writes(processId) };
}

/**
 * CPU time of a process, of all threads that it has, in microseconds; `NaN` where the system does
 * not report it (Linux does).
 */
export function cpuOf(processId: number): number {
  const threads = `/proc/${processId}/task`;
  if (!existsSync(threads)) return Number.NaN;
  return readdirSync(threads).reduce((sum, thread) => sum + cpuOfThread(`${threads}/${thread}`), 0);
}

function cpuOfThread(folder: string): number {
  const nanoseconds = Number(readFileSync(`${folder}/schedstat`, "utf8").split(" ")[0]);
  return nanoseconds / 1_000;
}

function writes(processId: number): number | undefined {
  const file = `/proc/${processId}/io`;
  if (!existsSync(file)) return undefined;
  return Number(/^syscw: (\d+)/m.exec(readFileSync(file, "utf8"))?.[1]);
}
