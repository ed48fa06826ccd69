import type { Runtime } from "./runtimes.js";
import type { TestResult } from "./test-result.js";

/** Tests that are known to fail on some runtimes. */
export interface Known {
  /** The names of the runtimes. */
  readonly runtimes: RegExp;
  /** The files, relative to the repository. */
  readonly file: RegExp;
  /** The full names. */
  readonly test: RegExp;
  /** The error. Default: any. */
  readonly error?: RegExp;
  /** The cause, for the table: whose it is, and what follows for users. */
  readonly reason: string;
}

const known: readonly Known[] = [
  {
    runtimes: /Bun/,
    file: /packages\/(node|web)\/test\/endpoint-request/,
    test: /held in as many bytes as it has/,
    reason: "Bun has no `gc` for the test to call",
  },
  {
    runtimes: /Bun/,
    file: /packages\/node\//,
    test: /looks to the client as if it|shares one chunk|is not kept by the response|filled drains|first write of a turn|many small writes/,
    reason: "Bun's response has a write of its own, so streams go through it: correct, and slower",
  },
  {
    runtimes: /Bun/,
    file: /packages\/node\//,
    test: /holds no timer/,
    reason: "The timer that is counted is not the sink's: Bun has one of its own in the test's process",
  },
  {
    runtimes: /Bun/,
    file: /packages\/node\//,
    test: /under fake timers/,
    reason: "Bun's own streams wait for the timers that a test replaces",
  },
  {
    runtimes: /Bun/,
    file: /packages\/node\//,
    test: /outlive an HTTP\/2 server's time-out/,
    reason:
      "Bun's HTTP/2 sessions do not say what their timeout is, so it is not set again once the streams have ended",
  },
  {
    runtimes: /Bun|Deno/,
    file: /packages\/client\/test\/doctor/,
    test: /over TLS/,
    reason:
      "`npx @sse/client doctor` is a program for Node: HTTP/2 clients of other runtimes report other ends",
  },
  {
    runtimes: /Bun/,
    file: /conformance\/test\/node/,
    test: /told that the connection closes/,
    reason: "Bun closes the connection without announcing it",
  },
  {
    runtimes: /Bun/,
    file: /packages\/client\//,
    test: /redirects to itself/,
    reason: "Bun's fetch follows more redirects before it gives up",
  },
  {
    runtimes: /Bun/,
    file: /packages\/client\//,
    test: /a chunk size that is none/,
    reason: "Bun's fetch drops the bytes ahead of a broken chunk; a client resumes after the event before",
  },
  {
    runtimes: /Bun/,
    file: /packages\/client\//,
    test: /"(CONNECT|GE T|trace|)"/,
    reason: "Bun's Request accepts methods that the standard refuses; they fail with the attempt",
  },
  {
    runtimes: /Bun|Deno/,
    file: /packages\/client\//,
    test: /message of a lost connection/,
    reason: "The runtime's fetch words network errors in its own way",
  },
  {
    runtimes: /Bun|Deno/,
    file: /packages\/client\//,
    test: /the request >|every attempt > is readable/,
    reason: "Requests carry the Cache-Control that fetch adds by itself elsewhere",
  },
  {
    runtimes: /Bun/,
    file: /packages\/core\//,
    test: /a Headers/,
    reason: "Bun's Headers are serialized by their toJSON instead of refused",
  },
  {
    runtimes: /Deno/,
    file: /packages\/client\//,
    test: /a gzipped stream/,
    reason: "Deno's fetch reports an error after the events of a gzipped stream that is cut",
  },
  {
    runtimes: /Deno/,
    file: /conformance\//,
    test: /node:http2/,
    reason:
      "In Deno's node:http2 a stream that is cut ends as complete, one that ends without data does not arrive, and one that was paused does not go on",
  },
  {
    runtimes: /Bun/,
    file: /^$/,
    test: /outside of tests/,
    error: /Worker forks emitted error/,
    reason: "A process of vitest reports an error after its last test",
  },
  {
    runtimes: /Deno/,
    file: /^$/,
    test: /outside of tests/,
    error: /Session closed with error code/,
    reason: "Deno's node:http2 emits an error for a session whose client has gone",
  },
];

/** Returns why a test that did not pass on a runtime was not expected to. */
export function knownFor({ name }: Runtime, { file, test, reason = "" }: TestResult): Known | undefined {
  return known.find(
    (entry) =>
      entry.runtimes.test(name) &&
      entry.file.test(file) &&
      entry.test.test(test) &&
      (entry.error?.test(reason) ?? true),
  );
}
