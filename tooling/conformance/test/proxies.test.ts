import type { EventStream } from "@sse/core";
import { createHub } from "@sse/hub";
import { describe, expect, onTestFinished, test } from "vitest";
import { nodeHttp1 } from "../src/adapters/node.js";
import type { Application } from "../src/adapters/subject.js";
import { type Attempt, attemptHttp1, attemptHttp2 } from "../src/client.js";
import { isInstalled, type ProxySettings, proxies, startProxy } from "../src/proxies.js";

type Settings = Partial<Pick<ProxySettings, "http2" | "compress" | "timeout">>;

describe.each(proxies.map((proxy) => [proxy.name, proxy] as const))("behind %s,", (_name, proxy) => {
  /** Starts an application behind the proxy, and returns its client. */
  async function start(
    routes: Application["routes"],
    { http2 = false, compress = false, ...settings }: Settings = {},
  ): Promise<(headers?: Record<string, string>) => Attempt> {
    const application = await nodeHttp1.start({ routes, headers: {}, onError: () => {} });
    onTestFinished(() => application.stop());
    const { port, stop } = await startProxy(proxy, {
      application: application.port,
      http2,
      compress,
      ...settings,
    });
    onTestFinished(stop);
    const attemptOn = http2 ? attemptHttp2 : attemptHttp1;
    return (headers = {}) => {
      const attempt = attemptOn(port, "/", { headers });
      onTestFinished(attempt.leave);
      return attempt;
    };
  }

  describe.skipIf(!isInstalled(proxy))("installed", () => {
    test.each<[string, Settings]>([
      ["with its defaults", {}],
      ["with HTTP/2 in front", { http2: true }],
      ["with compression", { compress: true }],
    ])(
      "%s, each event arrives at once, and the application learns that the client has left",
      async (_, settings) => {
        let stream: EventStream | undefined;
        const opened = (one: EventStream): void => {
          stream = one;
        };
        // Apache notices with the next write only.
        const ask = await start({ "/": { stream: opened, options: { heartbeat: 200 } } }, settings);
        const { headers, body, leave } = await ask().response;
        expect(headers["content-type"]).toBe("text/event-stream");
        expect(headers["content-encoding"]).toBeUndefined();
        await body.until(":\n");
        for (const data of ["1", "2", "3"]) {
          await stream?.send({ data });
          await body.until(`data: ${data}\n\n`);
        }
        leave();
        await stream?.done;
      },
    );

    test("a client resumes from its last event id", async () => {
      const hub = createHub();
      const seen = await hub.broadcast({ data: "seen" });
      await hub.broadcast({ data: "missed" });
      const ask = await start({ "/": { hub } });
      const { body } = await ask({ "Last-Event-ID": seen }).response;
      const text = await body.until("event: sse:live");
      expect(text.match(/^data: \w+$/gm)).toEqual(["data: missed"]);
      await hub.close();
      expect(await body.end).toBe("ended");
    });

    test("two clients have streams of their own", async () => {
      const hub = createHub();
      const ask = await start({ "/": { hub } });
      const bodies = [(await ask().response).body, (await ask().response).body];
      for (const body of bodies) await body.until("sse:live");
      await hub.broadcast({ data: "both" });
      for (const body of bodies) await body.until("data: both\n\n");
      await hub.close();
    });

    test("heartbeats keep a stream open that its time-out would end", async () => {
      const options = { heartbeat: 300 };
      const ask = await start({ "/": { stream: () => {}, options } }, { timeout: 1 });
      const { body } = await ask().response;
      await body.until(":\n".repeat(6));
    });

    test.skipIf(!proxy.hasTimeout)("without heartbeats its time-out ends the stream", async () => {
      const options = { heartbeat: 0 };
      const ask = await start({ "/": { stream: () => {}, options } }, { timeout: 1 });
      const { body } = await ask().response;
      await body.end;
    });
  });
});
