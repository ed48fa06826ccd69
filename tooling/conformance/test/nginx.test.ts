import { describe, test } from "vitest";
import { expressSubject } from "../src/adapters/express.js";
import { fastifySubject } from "../src/adapters/fastify.js";
import { koaSubject } from "../src/adapters/koa.js";
import { nodeHttp1 } from "../src/adapters/node.js";
import type { AdapterSubject } from "../src/adapters/subject.js";
import { expectDelivery, expectResume, type StartBehind, startBehindProxy } from "../src/behind.js";
import { isInstalled, proxyNamed } from "../src/proxies.js";

const nginx = proxyNamed("nginx");

/** Directives of the location. */
const settings = {
  "with its defaults, HTTP/1.0 to the application": "",
  "with HTTP/1.1 and connections kept to the application":
    'proxy_http_version 1.1; proxy_set_header Connection "";',
  "with gzip": "gzip on; gzip_proxied any;",
};

const subjects = [nodeHttp1, expressSubject(), koaSubject(), fastifySubject()];

describe.skipIf(!isInstalled(nginx)).each(Object.entries(settings))(
  "behind nginx %s,",
  (_how, directives) => {
    const start =
      (subject: AdapterSubject): StartBehind =>
      (routes) =>
        startBehindProxy(nginx, subject, routes, { directives });

    test.each(subjects.map((subject) => [subject.name, subject] as const))(
      "%s delivers each event at once, and notices that the client has left",
      (_name, subject) => expectDelivery(start(subject)),
    );

    test("a client resumes from its last event id", () => expectResume(start(nodeHttp1)));
  },
);
