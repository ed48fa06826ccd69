import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { parseJsonEventStream } from "@ai-sdk/provider-utils";
import { createHub, type Hub, runStream } from "@sse/node";
import { expect, onTestFinished, test } from "vitest";
import { z } from "zod/v4";

/** Serves the runs of a hub as the AI SDK asks for them: `GET /:run`, or 204. */
async function serve(hub: Hub): Promise<string> {
  const find = ({ url = "" }: { url?: string | undefined }) => ({ run: url.slice(1), controlEvents: false });
  const server = createServer(runStream(hub, find));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
    return hub.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

const chunk = z.object({ type: z.string(), delta: z.string().optional() });

async function read(response: Response) {
  const parsed = [];
  for await (const one of parseJsonEventStream({ stream: response.body!, schema: chunk })) parsed.push(one);
  return parsed;
}

test("the parser of the AI SDK reads a run from its beginning, also after its end, and then 204", async () => {
  const hub = createHub({ heartbeat: { interval: 20 } });
  const url = await serve(hub);
  const run = await hub.run("chat");
  const first = await run.append({ data: { type: "text-delta", delta: "Hi" } });
  const live = fetch(`${url}chat`).then(read);
  const last = await run.append({ data: { type: "finish" } });
  const done = await run.append({ data: "[DONE]" });
  await run.complete();
  const expected = [{ type: "text-delta", delta: "Hi" }, { type: "finish" }];
  for (const parsed of [await live, await read(await fetch(`${url}chat`))])
    expect(parsed.map((one) => one.success && one.value)).toEqual(expected);
  const resume = (id: string) => fetch(`${url}chat`, { headers: { "Last-Event-ID": id } });
  expect(await read(await resume(first))).toHaveLength(1);
  expect((await read(await resume(last))).length).toBe(0);
  expect((await resume(done)).status).toBe(204);
  expect((await fetch(`${url}another`)).status).toBe(404);
});
