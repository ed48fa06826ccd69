import { constants } from "node:http2";
import type { Readable } from "node:stream";
import type { EventSink } from "@sse/core";
import type { SinkFixture } from "@sse/testing/conformance";

/**
 * Returns the end of a response as a client sees it. Node's HTTP/2 client emits `end` also for a
 * stream that was reset.
 */
function endOf(body: Readable): Promise<"ended" | "cut"> {
  return new Promise((resolve) => {
    body.once("error", () => resolve("cut"));
    body.once("close", () => {
      const reset = "rstCode" in body && body.rstCode !== constants.NGHTTP2_NO_ERROR;
      resolve(body.readableEnded && !reset ? "ended" : "cut");
    });
  });
}

/** A sink, and the response as a client of `node:http` or `node:http2` sees it. */
interface Parts {
  sink: EventSink;
  response: Promise<Readable>;
  leave(): void;
  dispose(): Promise<void>;
}

/** A fixture over a real connection. */
export function sinkFixture({ sink, response, leave, dispose }: Parts): SinkFixture {
  const received: Uint8Array[] = [];
  let paused = false;
  let resume = (): void => {};
  const end = response.then(
    (body) => {
      body.on("data", (chunk: Uint8Array) => received.push(chunk));
      resume = () => body.resume();
      return endOf(body);
    },
    () => "cut" as const,
  );
  const head = response.then(() => {});
  head.catch(() => {});
  return {
    sink,
    head,
    end,
    received: () => Buffer.concat(received),
    pause: () => {
      paused = true;
      void response.then(
        (body) => paused && body.pause(),
        () => {},
      );
    },
    resume: () => {
      paused = false;
      resume();
    },
    leave,
    dispose,
  };
}
