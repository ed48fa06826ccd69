import { type IncomingMessage, request as requestHttp } from "node:http";
import { connect as connectHttp2, constants } from "node:http2";
import { request as requestHttps } from "node:https";
import { connect as connectTcp, type Socket } from "node:net";
import type { Readable } from "node:stream";
import { connect as connectTls, type TLSSocket } from "node:tls";

/** The head of a response, and its body as it comes in. HTTP/1 and HTTP/2 have the same. */
export interface DoctorResponse {
  readonly status: number;
  readonly httpVersion: string;
  /** Names are in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Readable;
  /** Whether HTTP itself has ended the body. Known once the body has closed. */
  isComplete(): boolean;
}

/** A GET request, and what becomes of it. */
export interface DoctorRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Whether certificates are accepted that nothing vouches for. */
  readonly insecure: boolean;
  onResponse(response: DoctorResponse): void;
  /** Receives the error of the connection, before or after the head. It may be called again. */
  onError(error: Error): void;
}

/**
 * Sends a request on a connection of its own, in the protocol that the server prefers for a
 * browser: HTTP/2 over TLS where it is offered, else HTTP/1.1.
 *
 * @returns a function that cancels the request as a client that leaves does.
 */
export function sendRequest(request: DoctorRequest): () => void {
  const url = new URL(request.url);
  const secure = url.protocol === "https:";
  const socket = secure ? tlsSocket(url, request.insecure) : tcpSocket(url);
  let cancel = (): void => void socket.destroy();
  socket.on("error", request.onError);
  socket.once(secure ? "secureConnect" : "connect", () => {
    try {
      if ((socket as Partial<TLSSocket>).alpnProtocol === "h2") cancel = sendHttp2(request, url, socket);
      else sendHttp1(request, url, socket);
    } catch (error) {
      // HTTP/2 allows no headers such as `Connection`.
      socket.destroy();
      request.onError(error as Error);
    }
  });
  return () => cancel();
}

function tcpSocket(url: URL): Socket {
  return connectTcp({ host: hostOf(url), port: Number(url.port || 80) });
}

function tlsSocket(url: URL, insecure: boolean): Socket {
  const host = hostOf(url);
  return connectTls({
    host,
    port: Number(url.port || 443),
    servername: /[a-z]/i.test(host) && !host.includes(":") ? host : "",
    ALPNProtocols: ["h2", "http/1.1"],
    rejectUnauthorized: !insecure,
  });
}

function hostOf({ hostname }: URL): string {
  return hostname.replace(/^\[|\]$/g, "");
}

function sendHttp1({ headers, onResponse, onError }: DoctorRequest, url: URL, socket: Socket): void {
  const outgoing = (url.protocol === "https:" ? requestHttps : requestHttp)(url, {
    createConnection: () => socket,
    // Node asks for `Connection: close` otherwise, which browsers do not.
    headers: { Connection: "keep-alive", ...headers },
  });
  outgoing.on("error", onError);
  outgoing.once("response", (response: IncomingMessage) => {
    onResponse({
      status: response.statusCode ?? 0,
      httpVersion: response.httpVersion,
      headers: headersOf(response.headers),
      body: response,
      isComplete: () => response.complete,
    });
  });
  outgoing.end();
}

/** Returns a function that cancels the request, and nothing else on its connection. */
function sendHttp2({ headers, onResponse, onError }: DoctorRequest, url: URL, socket: Socket): () => void {
  const session = connectHttp2(url, { createConnection: () => socket });
  session.on("error", onError);
  const outgoing = session.request({ ":path": `${url.pathname}${url.search}`, ...headers });
  outgoing.on("error", onError);
  outgoing.once("response", (head) => {
    onResponse({
      status: head[":status"] ?? 0,
      httpVersion: "2.0",
      headers: headersOf(head),
      body: outgoing,
      isComplete: () => outgoing.readableEnded && outgoing.rstCode === constants.NGHTTP2_NO_ERROR,
    });
  });
  outgoing.end();
  return () => {
    // A server that reads no further must not keep this process alive.
    socket.unref();
    outgoing.close(constants.NGHTTP2_CANCEL);
    session.close();
  };
}

function headersOf(headers: object): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers)
      .filter(([name]) => !name.startsWith(":"))
      .map(([name, value]) => [name, [value ?? []].flat().join(", ").slice(0, 500)]),
  );
}
