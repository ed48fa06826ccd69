import { request } from "node:http";
import type { SinkSubject } from "@sse/testing/conformance";
import { WebSink } from "@sse/web";
import { fetchServer } from "./fetch-server.js";
import { sinkFixture } from "./sink-fixture.js";

/** The sink over Fetch, on the server of the runtime that runs the tests. */
export const webSink: SinkSubject = {
  name: `@sse/web on ${fetchServer.name}`,
  open: async (settings) => {
    let accept = (_sink: WebSink): void => {};
    const accepted = new Promise<WebSink>((resolve) => {
      accept = resolve;
    });
    const running = await fetchServer.listen(
      ({ signal }) =>
        new Promise<Response>((resolve) => {
          const respond = ({ body }: WebSink): void => resolve(new Response(body));
          const sink = new WebSink({ ...settings, onStart: respond });
          sink.watch(signal);
          void sink.closed.then(() => sink.started || respond(sink));
          accept(sink);
        }),
    );
    const outgoing = request({ port: running.port, host: "127.0.0.1", agent: false }).end();
    return sinkFixture({
      sink: await accepted,
      response: new Promise((resolve, reject) => outgoing.once("response", resolve).on("error", reject)),
      leave: () => outgoing.destroy(),
      dispose: async () => {
        outgoing.destroy();
        await running.stop();
      },
    });
  },
};
