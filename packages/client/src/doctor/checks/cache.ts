import { doctorStreamOf } from "../doctor-stream.js";
import { type Finding, fault, fine } from "../finding.js";
import { fixesFor } from "../intermediaries.js";
import type { Observations, StreamObservation } from "../observations.js";

/** Checks that each client receives a response of its own. */
export function checkCache(observations: Observations): Finding {
  const { headers = {} } = observations.first.head ?? {};
  if (isCached(observations)) {
    const seen = "a second request received the response of the first one: it is stored on the way";
    return fault("Cache", "problem", "cache", seen, fixesFor("cache", headers));
  }
  const sign = [observations.again, observations.first].flatMap((stream) => signOfCache(stream) ?? [])[0];
  if (sign !== undefined)
    return fault(
      "Cache",
      "problem",
      "cache",
      `the response comes out of a cache (${sign})`,
      fixesFor("cache", headers),
    );
  return checkCacheControl(observations);
}

/** Whether two streams of the endpoint have one name. */
export function isCached({ first, again, resumed }: Observations): boolean {
  const name = doctorStreamOf(first)?.hello.stream;
  return (
    name !== undefined && [again, resumed].some((stream) => doctorStreamOf(stream)?.hello.stream === name)
  );
}

function signOfCache(stream: StreamObservation | undefined): string | undefined {
  const { headers = {} } = stream?.head ?? {};
  for (const name of ["x-cache", "cf-cache-status", "x-cache-status", "x-proxy-cache"]) {
    const value = headers[name];
    if (value !== undefined && /\bhit\b/i.test(value)) return `${name}: ${value}`;
  }
  return Number(headers["age"]) > 0 ? `age: ${headers["age"]}` : undefined;
}

function checkCacheControl({ first }: Observations): Finding {
  const received = first.head?.headers["cache-control"];
  const sent = doctorStreamOf(first)?.hello.cacheControl;
  if (sent !== undefined && /no-transform/.test(sent) && !/no-transform/.test(received ?? "")) {
    const seen = `Cache-Control is sent as "${sent}" and arrives as "${received ?? ""}"`;
    return fault("Cache", "warning", "lost-header", seen, [
      "Leave Cache-Control as it is: no-transform keeps compression away from the stream, no-store caches.",
    ]);
  }
  if (/no-(?:cache|store)/.test(received ?? "")) return fine("Cache", `Cache-Control: ${received}`);
  return fault("Cache", "warning", "cache", `Cache-Control is "${received ?? ""}"`, [
    "Send `Cache-Control: no-cache, no-store, no-transform`, so that no cache stores the stream and no middleware compresses it.",
  ]);
}
