import { ServerResponse } from "node:http";
import { eventStreamHeaders } from "@sse/core";
import { isAdditive, type ResponseHeaders } from "@sse/hub/adapter";
import { isUnpatched } from "./chunked-socket.js";
import { isHttp2, type NodeResponse } from "./http-types.js";

/** Sets headers on a response, and appends those that are lists of independent values. */
export function addHeaders(response: NodeResponse, headers: ResponseHeaders): void {
  for (const [name, value] of Object.entries(headers)) {
    if (isAdditive(name)) response.appendHeader(name, typeof value === "string" ? value : [...value]);
    else response.setHeader(name, value);
  }
}

/** As it was when this module was loaded: middleware that changes the head replaces it. */
const { writeHead } = ServerResponse.prototype;

/**
 * Sets the head of an event stream on a response. Headers of middleware stay, except those that
 * would break the stream.
 */
export function setStreamHead(response: NodeResponse, status: number, headers: ResponseHeaders): void {
  response.statusCode = status;
  const others = response.getHeaderNames().length + Object.keys(headers).length;
  if (others === 0 && response.writeHead === writeHead) {
    omitKeepAlive(response);
    // Headers that are set one by one stay with the response: 800 bytes for as long as the stream
    // is open.
    response.writeHead(status, eventStreamHeaders);
  } else setStreamHeaders(response, headers);
  // Sent by itself: joined with the size of the first chunk it would stay with the response in 24
  // pieces, another 700 bytes.
  if (isUnpatched(response)) response.flushHeaders();
}

function setStreamHeaders(response: NodeResponse, headers: ResponseHeaders): void {
  response.removeHeader("content-length");
  addHeaders(response, eventStreamHeaders);
  addHeaders(response, headers);
  omitKeepAlive(response);
}

/**
 * Removes `Connection: keep-alive`, which Node adds. It is the default of HTTP/1.1, and an edge
 * that forwards it to an HTTP/2 client breaks the stream. `Connection: close` stays.
 */
function omitKeepAlive(response: NodeResponse): void {
  if (isHttp2(response) || !response.shouldKeepAlive || closesByHeader(response)) return;
  // Set when `server.maxRequestsPerSocket` is reached: without the header the client would send
  // another request and receive 503.
  if ("maxRequestsOnConnectionReached" in response && response.maxRequestsOnConnectionReached === true)
    return;
  response.removeHeader("connection");
}

/** Returns whether the application has set `Connection: close`. */
function closesByHeader(response: NodeResponse): boolean {
  return /\bclose\b/i.test(String(response.getHeader("connection")));
}
