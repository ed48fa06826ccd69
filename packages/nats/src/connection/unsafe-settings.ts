import { DiscardPolicy, RetentionPolicy, type StreamConfig } from "@nats-io/jetstream";
import type { SseError } from "@sse/core";
import { unsafeCluster, unsafeStream } from "../errors.js";
import type { NatsLogSettings } from "../options.js";
import type { Session } from "./session.js";

/** Returns a warning for everything in the engine that breaks the promises of the log. */
export function findUnsafeSettings({ nc, info }: Session, settings: NatsLogSettings): SseError[] {
  const warnings = streamFaults(info.config, settings).map(([setting, effect, fix]) =>
    unsafeStream(settings.stream, setting, effect, fix),
  );
  const { cluster, version = "" } = nc.info ?? {};
  return cluster !== undefined && isBefore210(version) ? [unsafeCluster(version), ...warnings] : warnings;
}

type Fault = readonly [setting: string, effect: string, fix: string];

function streamFaults(config: StreamConfig, { durable, replicas }: NatsLogSettings): Fault[] {
  const { retention, discard, storage, num_replicas: copies, sources = [] } = config;
  const faults: [boolean, ...Fault][] = [
    [
      retention !== RetentionPolicy.Limits,
      `retention "${retention}"`,
      "entries disappear although nothing evicts them",
      'delete the stream, and let an instance create it with "limits"',
    ],
    [
      discard !== DiscardPolicy.Old,
      `discard "${discard}"`,
      "a full stream rejects events instead of evicting the oldest",
      'set it to "old"',
    ],
    [
      durable === true && storage === "memory",
      'storage "memory"',
      "its entries end with the server, although the option `durable` is true",
      "delete the stream, and let an instance create it on files, or leave `durable` out",
    ],
    [
      copies < replicas,
      `${copies} replica(s)`,
      `the option \`replicas\` is ${replicas}, so losing one server may lose events`,
      `raise num_replicas to ${replicas}`,
    ],
    [
      sources.length > 0,
      "sources",
      "it receives entries of other streams, which have other positions there",
      "remove them",
    ],
  ];
  return faults.filter(([isFault]) => isFault).map(([, ...fault]) => fault);
}

/** Whether a server is older than 2.10. */
function isBefore210(version: string): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return major < 2 || (major === 2 && minor < 10);
}
