import { readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CuttableLink, Engine, isInstalled, natsServers } from "@sse/engines";
import { describeEventLog, describeHubBus, describeRunLog } from "@sse/testing/conformance";
import { afterAll, beforeAll, describe } from "vitest";
import { createNatsLog, type NatsLog } from "../src/index.js";

const reference = readFileSync(new URL("../../../docs/reference/nats.md", import.meta.url), "utf8");

/** Returns the subjects in the row of the table of permissions with this right. */
function documentedSubjects(right: string): string[] {
  const row = reference.split("\n").find((line) => line.startsWith(`| ${right} | `));
  if (row === undefined) throw new Error(`the reference has no row for ${right}`);
  return [...row.slice(right.length + 4).matchAll(/`([^`]+)`/g)].map(([, subject]) => subject!);
}

/** The permissions of the reference, for another stream than its `shop`. */
function permissionsFor(stream: string): { publish: string[]; subscribe: string[] } {
  const names = ["shop", "shop-runs"].flatMap((name) => [name, `${name}-epoch-kept`, `${name}-epoch-run`]);
  const forEach = documentedSubjects(
    "publish, for each of `shop`, `shop-epoch-kept` and `shop-epoch-run`, and with runs of `shop-runs`, `shop-runs-epoch-kept` and `shop-runs-epoch-run`",
  );
  const publish = [
    ...documentedSubjects("publish"),
    ...documentedSubjects("publish, with runs"),
    ...names.flatMap((name) => forEach.map((subject) => subject.replace("<name>", name))),
  ];
  const named = (subject: string) =>
    subject.replace("<inboxPrefix>", "_HUB_INBOX").replace(/\bshop\b/, stream);
  return { publish: publish.map(named), subscribe: documentedSubjects("subscribe").map(named) };
}

const streams = Array.from({ length: 300 }, (_, i) => `limited-${i}`);

for (const server of natsServers)
  describe.runIf(isInstalled(server.program))(
    `a user with no more than the permissions that are documented (${server.program})`,
    () => {
      let engine: Engine;
      let folder: string;
      let used = 0;
      const logs: NatsLog[] = [];

      beforeAll(async () => {
        folder = await mkdtemp(join(tmpdir(), "sse-nats-permissions-"));
        const each = streams.map(permissionsFor);
        const permissions = {
          publish: { allow: each.flatMap(({ publish }) => publish) },
          subscribe: { allow: [...new Set(each.flatMap(({ subscribe }) => subscribe))] },
        };
        const users = [{ user: "hub", password: "secret", permissions }];
        const config = join(folder, "nats.json");
        await writeFile(config, JSON.stringify({ authorization: { users } }));
        engine = await Engine.start({
          ...server,
          arguments: (where) => [...server.arguments(where), "-c", config],
        });
      });
      afterAll(async () => {
        await engine.dispose();
        await rm(folder, { recursive: true });
      });

      function freshStream(): string {
        used += 1;
        return streams[used]!;
      }

      function open(stream: string, at: { port: number } = engine, maxEventsPerTopic = 1_000): NatsLog {
        const log = createNatsLog({
          servers: `127.0.0.1:${at.port}`,
          connectionOptions: { user: "hub", pass: "secret" },
          inboxPrefix: "_HUB_INBOX",
          stream,
          maxEventsPerTopic,
          commandTimeout: 2_000,
          retryDelay: 20,
        });
        logs.push(log);
        return log;
      }

      describeEventLog("createNatsLog", ({ maxEventsPerTopic }) => {
        const stream = freshStream();
        const another = () => open(stream, engine, maxEventsPerTopic);
        return { log: another(), another };
      });

      describeRunLog("createNatsLog", () => {
        const stream = freshStream();
        return { log: open(stream), another: () => open(stream) };
      });

      describeHubBus("createNatsLog", async () => {
        const link = await CuttableLink.to(engine.port);
        const stream = freshStream();
        return {
          bus: open(stream, link).bus,
          another: () => open(stream).bus,
          link,
          dispose: async () => {
            for (const log of logs.splice(0)) await log.close();
            await link.close();
          },
        };
      });
    },
  );
