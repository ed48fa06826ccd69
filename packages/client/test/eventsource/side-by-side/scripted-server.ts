import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setImmediate, setTimeout } from "node:timers/promises";

/** The server's answer to one request. */
export interface Answer {
  /** Default 200. */
  status?: number;
  /**
   * Default: `Content-Type: text/event-stream`. `{origin}` and `{other}` stand for the two origins,
   * `{run}` for the path.
   */
  headers?: Record<string, string | string[]>;
  /** The body, or its chunks: each is a write of its own. */
  body?: string | Uint8Array | (string | Uint8Array)[];
  /**
   * Default `end`. `cut`: the socket ends within the body. `hold`: it stays open. `no answer`:
   * destroyed before the headers.
   */
  after?: "end" | "cut" | "hold" | "no answer";
}

/** One server with two origins, which answers each run's requests by that run's script. */
export interface ScriptedServer {
  readonly origin: string;
  readonly other: string;
  /**
   * Starts a run: the n-th request to its URL gets the n-th answer, and any further one the last.
   */
  begin(answers: readonly Answer[]): Run;
  close(): Promise<void>;
}

/** The events on one URL. */
export interface Run {
  readonly path: string;
  readonly answers: readonly Answer[];
  /** A line for each request so far. */
  readonly requests: string[];
}

/** Request headers that a case is about; the rest differ between runtimes for good reasons. */
const recorded = ["accept", "cache-control", "last-event-id", "authorization", "x-token"];

export async function startScriptedServer(): Promise<ScriptedServer> {
  const runs: Run[] = [];
  const servers = await Promise.all([listen(handle), listen(handle)]);
  const [origin, other] = servers.map(originOf) as [string, string];

  function handle(request: IncomingMessage, response: ServerResponse): void {
    const run = runs.find(({ path }) => request.url?.split("?")[0] === path);
    if (run) void answerNext(run, request, response);
    else response.writeHead(200, { "Content-Type": `text/html; charset=${charset(request)}` }).end();
  }

  async function answerNext(run: Run, request: IncomingMessage, response: ServerResponse): Promise<void> {
    run.requests.push(describe(request));
    const answer = run.answers[Math.min(run.requests.length, run.answers.length) - 1] as Answer;
    await send(answer, response, (text) =>
      text.replaceAll("{origin}", origin).replaceAll("{other}", other).replaceAll("{run}", run.path),
    );
  }

  return {
    origin,
    other,
    begin(answers) {
      const run: Run = { path: `/run/${runs.length}`, answers, requests: [] };
      runs.push(run);
      return run;
    },
    async close() {
      for (const server of servers) {
        server.closeAllConnections();
        await new Promise((resolve) => server.close(resolve));
      }
    },
  };
}

async function listen(handle: (request: IncomingMessage, response: ServerResponse) => void): Promise<Server> {
  const server = createServer(handle).listen(0, "127.0.0.1");
  await once(server, "listening");
  return server;
}

/** The encoding of the empty page that is at every other path. */
function charset({ url }: IncomingMessage): string {
  return url === "/windows-1252" ? "windows-1252" : "utf-8";
}

function originOf(server: Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function describe({ method, url, headers }: IncomingMessage): string {
  const path = url?.replace(/^\/run\/\d+/, "");
  const values = recorded.flatMap((name) =>
    headers[name] === undefined ? [] : [`${name}: ${headers[name]}`],
  );
  return [`${method} ${path}`, ...values].join(" | ");
}

async function send(answer: Answer, response: ServerResponse, fill: (text: string) => string): Promise<void> {
  const {
    status = 200,
    headers = { "Content-Type": "text/event-stream" },
    body = [],
    after = "end",
  } = answer;
  if (after === "no answer") {
    response.destroy();
    return;
  }
  // On a connection that has been used before, Chromium repeats some requests by itself.
  response.setHeader("Connection", "close");
  for (const [name, value] of Object.entries(headers)) {
    response.setHeader(name, Array.isArray(value) ? value : fill(value));
  }
  response.writeHead(status).flushHeaders();
  for (const chunk of Array.isArray(body) ? body : [body]) {
    response.write(chunk);
    await setImmediate();
  }
  if (after === "end") response.end();
  if (after === "cut") {
    // What a break overtakes is lost to a client that reads by `fetch`: half a close, and later,
    // cannot overtake.
    await setTimeout(50);
    response.socket?.end();
  }
}
