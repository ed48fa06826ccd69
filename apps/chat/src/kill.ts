import { RequestError } from "./errors.js";

/** A message of an instance to its parent: one of the processes is to be killed. */
export interface KillRequest {
  readonly kill: number;
}

/** Whether a message of an instance is a {@link KillRequest}. */
export function isKillRequest(message: unknown): message is KillRequest {
  return typeof message === "object" && message !== null && typeof (message as KillRequest).kill === "number";
}

/**
 * Asks the parent of this process to kill one of its instances, as a crash would end it.
 *
 * @throws {RequestError} 409 if this process is the only one.
 */
export function killInstance(process: NodeJS.Process, pid: number): { killed: number } {
  if (process.send === undefined)
    throw new RequestError(409, {
      code: "only-process",
      message: "This chat runs in one process. Start it with REDIS_URL or NATS_URL for two.",
    });
  process.send({ kill: pid } satisfies KillRequest);
  return { killed: pid };
}
