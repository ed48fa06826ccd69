import { once } from "node:events";
import { createServer, request, type Server } from "node:http";
import { connect, createServer as createHttp2Server, type Http2Server } from "node:http2";
import type { AddressInfo } from "node:net";
import { type NodeResponse, ResponseSink } from "@sse/node";
import type { SinkSettings, SinkSubject } from "@sse/testing/conformance";
import { sinkFixture } from "./sink-fixture.js";

/** The sink over `node:http`, which writes to the connection. */
export const http1Sink: SinkSubject = http1("node:http", () => {});

/**
 * The sink over `node:http` where middleware watches what is written, so that the response must
 * write it.
 */
export const watchedHttp1Sink: SinkSubject = {
  ...http1("node:http behind middleware", (response) => {
    const { write } = response;
    response.write = (...args: unknown[]) => Reflect.apply(write, response, args);
  }),
  hidesProgress: "Middleware may lose the callback of a write, so each is made as it is",
};

function http1(name: string, prepare: (response: NodeResponse) => void): SinkSubject {
  return {
    name,
    open: async (settings) => {
      const server = createServer();
      const port = await listen(server);
      const outgoing = request({ port, host: "127.0.0.1", agent: false }).end();
      const sink = await acceptSink(server, settings, prepare);
      return sinkFixture({
        sink,
        response: new Promise((resolve, reject) => outgoing.once("response", resolve).on("error", reject)),
        leave: () => outgoing.destroy(),
        dispose: async () => {
          outgoing.destroy();
          server.closeAllConnections();
          await close(server);
        },
      });
    },
  };
}

/** The sink over the compatibility API of `node:http2`. */
export const http2Sink: SinkSubject = {
  name: "node:http2",
  open: async (settings) => {
    const server = createHttp2Server();
    const port = await listen(server);
    const session = connect(`http://127.0.0.1:${port}`).on("error", () => {});
    const outgoing = session.request({ ":path": "/" }).on("error", () => {});
    const sink = await acceptSink(server, settings);
    return sinkFixture({
      sink,
      response: new Promise((resolve, reject) => {
        outgoing.once("response", () => resolve(outgoing)).once("close", reject);
      }),
      leave: () => session.destroy(),
      dispose: async () => {
        session.destroy();
        await close(server);
      },
    });
  },
};

async function listen(server: Server | Http2Server): Promise<number> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

async function acceptSink(
  server: Server | Http2Server,
  settings: SinkSettings,
  prepare: (response: NodeResponse) => void = () => {},
): Promise<ResponseSink> {
  const [, response] = (await once(server, "request")) as [unknown, NodeResponse];
  prepare(response);
  return new ResponseSink(response, settings);
}

function close(server: Server | Http2Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}
