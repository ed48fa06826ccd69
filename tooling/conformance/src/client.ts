import { once } from "node:events";
import {
  Agent,
  request as http1Request,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
} from "node:http";
import { connect as connectHttp2, constants } from "node:http2";
import { connect as connectSocket, type Socket } from "node:net";
import type { Readable } from "node:stream";

/** Options of a request. */
export interface RequestInit {
  method?: string;
  headers?: OutgoingHttpHeaders;
  /** Default: none. */
  body?: string | Uint8Array;
}

/** A response of which the head has arrived. */
export interface ClientResponse {
  status: number;
  headers: IncomingHttpHeaders;
  body: Body;
  /** Cuts the connection. */
  leave(): void;
}

/** A request that may still be waiting for its head. */
export interface Attempt {
  response: Promise<ClientResponse>;
  leave(): void;
}

/** The end of a response, as a client sees it: complete or cut off. */
export type End = "ended" | "cut";

/** The bytes of a response as they arrive. */
export class Body {
  /** Resolves once nothing more arrives. */
  readonly end: Promise<End>;
  readonly #readable: Readable;
  #bytes: Buffer[] = [];
  #over = false;

  constructor(readable: Readable, wasCut: () => boolean = () => false) {
    this.#readable = readable;
    readable.on("data", (chunk: Buffer) => this.#bytes.push(chunk));
    readable.on("error", () => {});
    this.end = new Promise((resolve) => {
      readable.once("close", () => {
        this.#over = true;
        resolve(readable.readableEnded && !wasCut() ? "ended" : "cut");
      });
    });
  }

  /** All that has arrived so far. */
  get text(): string {
    return Buffer.concat(this.#bytes).toString();
  }

  /**
   * Resolves to all that has arrived, once it contains `part`. Rejects when the response ends
   * without it.
   */
  async until(part: string): Promise<string> {
    const wanted = Buffer.from(part);
    let searched = 0;
    // Only what is new is searched, because some tests receive many megabytes.
    for (let recent = Buffer.alloc(0); ; await this.#more(searched)) {
      const fresh = this.#bytes.slice(searched);
      recent = Buffer.concat([recent.subarray(-wanted.length), ...fresh]);
      searched += fresh.length;
      if (recent.includes(wanted)) return this.text;
      if (this.#over) throw new Error(`ended without ${JSON.stringify(part)}: ${this.text.slice(-2000)}`);
    }
  }

  async #more(than: number): Promise<void> {
    while (this.#bytes.length === than && !this.#over) {
      await Promise.race([new Promise((resolve) => this.#readable.once("data", resolve)), this.end]);
    }
  }

  /** Resolves to everything, once the response has ended. */
  async all(): Promise<string> {
    await this.end;
    return this.text;
  }

  /** Reads no more bytes until {@link resume}. */
  pause(): void {
    this.#readable.pause();
  }

  resume(): void {
    this.#readable.resume();
  }
}

/** Browsers ask for compression, and must not get it. */
const asBrowsers = { "accept-encoding": "gzip, deflate, br" };

/** A client of HTTP/1.1. */
export function attemptHttp1(
  port: number,
  path: string,
  { method = "GET", headers = {}, body }: RequestInit = {},
): Attempt {
  // Without keep-alive Node asks for `Connection: close`, as browsers do not.
  const agent = new Agent({ keepAlive: true });
  const outgoing = http1Request({
    host: "127.0.0.1",
    port,
    path,
    method,
    headers: { ...asBrowsers, ...headers },
    agent,
  }).end(body);
  const leave = (): void => {
    outgoing.destroy();
    agent.destroy();
  };
  const response = new Promise<ClientResponse>((resolve, reject) => {
    outgoing.on("error", reject);
    outgoing.once("response", (incoming) => {
      const { statusCode = 0 } = incoming;
      resolve({ status: statusCode, headers: incoming.headers, body: new Body(incoming), leave });
    });
  });
  return { response, leave };
}

/** A client of HTTP/2 without TLS. */
export function attemptHttp2(
  port: number,
  path: string,
  { method = "GET", headers = {}, body }: RequestInit = {},
): Attempt {
  const session = connectHttp2(`http://127.0.0.1:${port}`);
  const outgoing = session.request({ ":path": path, ":method": method, ...asBrowsers, ...headers });
  // Also without a body: Node closes a request that is left open once it is answered, others do
  // not.
  outgoing.end(body);
  const leave = (): void => session.destroy();
  const response = new Promise<ClientResponse>((resolve, reject) => {
    session.on("error", reject);
    outgoing.on("error", reject);
    outgoing.once("close", () => reject(new Error("closed without a response")));
    outgoing.once("response", (head) => {
      const body = new Body(outgoing, () => outgoing.rstCode !== constants.NGHTTP2_NO_ERROR);
      resolve({ status: head[":status"] ?? 0, headers: head, body, leave });
    });
  });
  outgoing.once("close", () => session.close());
  return { response, leave };
}

/** A connection on which a test writes the bytes of its requests itself. */
export class RawClient {
  readonly socket: Socket;
  readonly body: Body;

  private constructor(socket: Socket) {
    this.socket = socket;
    this.body = new Body(socket);
  }

  static async connect(port: number): Promise<RawClient> {
    const socket = connectSocket(port, "127.0.0.1");
    const client = new RawClient(socket);
    await once(socket, "connect");
    return client;
  }

  /**
   * Writes the lines of one or more requests, with the line ends of HTTP and an empty line at the
   * end.
   */
  send = (...lines: string[]): void => {
    this.socket.write(`${lines.join("\r\n")}\r\n\r\n`);
  };
}
