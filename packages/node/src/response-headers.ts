import { ServerResponse } from "node:http";
import { eventStreamHeaders } from "@sse/core";
import { isAdditive, type ResponseHeaders } from "@sse/hub/adapter";
import { isUnwatched } from "./chunked-socket.js";
import { isHttp2, type NodeResponse } from "./http-types.js";

/** Sets headers on a response, and adds to those that are lists of independent values. */
export function addHeaders(response: NodeResponse, headers: ResponseHeaders): void {
  for (const [name, value] of Object.entries(headers)) {
    if (isAdditive(name)) response.appendHeader(name, typeof value === "string" ? value : [...value]);
    else response.setHeader(name, value);
  }
}

/** As it was when this module was loaded: middleware that wants a say replaces it. */
const { writeHead } = ServerResponse.prototype;

/** Makes the response's head that of an event stream. What middleware has set stays, apart from headers that would break the stream. */
export function setStreamHead(response: NodeResponse, status: number, headers: ResponseHeaders): void {
  response.statusCode = status;
  const others = response.getHeaderNames().length + Object.keys(headers).length;
  if (others === 0 && response.writeHead === writeHead) {
    omitKeepAlive(response);
    // Headers that are set one by one stay with the response, 800 bytes as long as the stream lives.
    response.writeHead(status, eventStreamHeaders);
  } else setStreamHeaders(response, headers);
  // By itself: joined with the first chunk's size it would stay with the response in 24 pieces, another 700 bytes.
  if (isUnwatched(response)) response.flushHeaders();
}

function setStreamHeaders(response: NodeResponse, headers: ResponseHeaders): void {
  response.removeHeader("content-length");
  addHeaders(response, eventStreamHeaders);
  addHeaders(response, headers);
  omitKeepAlive(response);
}

/**
 * Node adds `Connection: keep-alive` by itself. In HTTP/1.1 that is the default anyway, and an edge that passes it on to an HTTP/2 client
 * breaks the stream. `Connection: close` stays.
 */
function omitKeepAlive(response: NodeResponse): void {
  if (isHttp2(response) || !response.shouldKeepAlive) return;
  // Set when `server.maxRequestsPerSocket` is reached: without the header the client would go on and be answered 503.
  if ("maxRequestsOnConnectionReached" in response && response.maxRequestsOnConnectionReached === true)
    return;
  response.removeHeader("connection");
}
