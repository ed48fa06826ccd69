import { once } from "node:events";
import { constants, type Http2ServerResponse } from "node:http2";
import { expect, test } from "vitest";
import { ResponseSink } from "../src/index.js";
import { http2, until } from "./support/server.js";

interface Opened {
  readonly sink: ResponseSink;
  readonly stream: { readonly destroyed: boolean };
}

const codes = [
  ["NO_ERROR", constants.NGHTTP2_NO_ERROR],
  ["CANCEL", constants.NGHTTP2_CANCEL],
] as const;

test.each(codes)(
  "a stream that is reset with %s while bytes of it wait closes its sink, and is destroyed",
  async (_name, code) => {
    const sinks: Opened[] = [];
    const { session } = await http2((_request, response) => {
      const sink = new ResponseSink(response);
      sink.write(Buffer.from("data: hello\n\n"));
      sinks.push({ sink, stream: (response as Http2ServerResponse).stream });
    });
    await once(session, "connect");
    // Head and reset arrive together, so that what is written between them is never sent.
    const outgoing = session.request({ ":path": "/" }).on("error", () => {});
    outgoing.close(code);
    await until(() => sinks.length === 1);
    const [{ sink, stream }] = sinks as [Opened];
    await sink.closed;
    expect(sink.over).toBe(true);
    await until(() => stream.destroyed);
  },
);
