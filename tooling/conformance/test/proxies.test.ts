import { createHub } from "@sse/hub";
import { describe, test } from "vitest";
import { nodeHttp1 } from "../src/adapters/node.js";
import type { Application } from "../src/adapters/subject.js";
import { expectDelivery, expectResume, startBehindProxy } from "../src/behind.js";
import { isInstalled, type ProxySettings, proxies } from "../src/proxies.js";

type Settings = Partial<Pick<ProxySettings, "http2" | "compress" | "timeout">>;

describe.each(proxies.map((proxy) => [proxy.name, proxy] as const))("behind %s,", (_name, proxy) => {
  const start = (routes: Application["routes"], settings?: Settings) =>
    startBehindProxy(proxy, nodeHttp1, routes, settings);

  describe.skipIf(!isInstalled(proxy))("installed", () => {
    test.each<[string, Settings]>([
      ["with its defaults", {}],
      ["with HTTP/2 in front", { http2: true }],
      ["with compression", { compress: true }],
    ])(
      "%s, each event arrives at once, and the application notices that the client has left",
      // Apache notices with the next write only.
      (_, settings) => expectDelivery((routes) => start(routes, settings), { heartbeat: 200 }),
    );

    test("a client resumes from its last event id", () => expectResume(start));

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
