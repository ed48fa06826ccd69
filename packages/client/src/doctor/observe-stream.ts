import {
  type ClientRequest,
  Agent as HttpAgent,
  type IncomingMessage,
  request as requestHttp,
} from "node:http";
import { Agent as HttpsAgent, request as requestHttps } from "node:https";
import type { Readable } from "node:stream";
import { createBrotliDecompress, createGunzip, createInflate } from "node:zlib";
import { systemTimers } from "@sse/core/internal";
import type { EventObservation, StreamObservation } from "./observations.js";
import type { DoctorSettings } from "./settings.js";
import { StreamRecord } from "./stream-record.js";

/** A request of the doctor. */
export interface WatchedRequest {
  readonly url: string;
  /** Default: none. */
  readonly lastEventId?: string | undefined;
  /** Whether a compressed response is accepted, as browsers do. Default true. */
  readonly compression?: boolean | undefined;
  /** Milliseconds after which the doctor has seen enough. */
  readonly duration: number;
  /** Returns whether the doctor has seen enough with an event. Default: never. */
  readonly until?: ((event: EventObservation) => boolean) | undefined;
}

const maxRedirects = 5;

/** Makes a request as a browser's `EventSource` does, and records its response. Never rejects. */
export function observeStream(settings: DoctorSettings, request: WatchedRequest): Promise<StreamObservation> {
  return new Watch(settings, request).result;
}

/** One request that is being watched, with the redirects that it leads to. */
class Watch {
  readonly result: Promise<StreamObservation>;
  readonly #settings: DoctorSettings;
  readonly #request: WatchedRequest;
  readonly #record: StreamRecord;
  readonly #timers: unknown[] = [];
  #outgoing: ClientRequest | undefined;
  #resolve: (observation: StreamObservation) => void = () => {};
  #redirects = 0;
  #over = false;

  constructor(settings: DoctorSettings, request: WatchedRequest) {
    this.#settings = settings;
    this.#request = request;
    this.#record = new StreamRecord(request.url, request.lastEventId ?? "", (event) => {
      if (request.until?.(event)) this.#finish("left");
    });
    this.result = new Promise((resolve) => {
      this.#resolve = resolve;
    });
    this.#leaveAfter(request.duration + settings.timeout);
    this.#leaveAfter(settings.timeout, () => !this.#outgoing?.res);
    this.#send(request.url);
  }

  #send(url: string): void {
    const { insecure } = this.#settings;
    const secure = url.startsWith("https:");
    // Without keep-alive Node asks for `Connection: close`, which browsers do not.
    const agent = secure
      ? new HttpsAgent({ keepAlive: true, rejectUnauthorized: !insecure })
      : new HttpAgent({ keepAlive: true });
    const outgoing = (secure ? requestHttps : requestHttp)(url, { agent, headers: this.#headers() });
    this.#outgoing = outgoing;
    outgoing.on("error", (error) => {
      if (outgoing === this.#outgoing) this.#finish(outgoing.res ? "cut" : "failed", reasonOf(error));
    });
    outgoing.once("response", (response) => this.#receive(url, response as Response));
    outgoing.once("close", () => agent.destroy());
    outgoing.end();
  }

  #headers(): Record<string, string> {
    const { lastEventId, compression = true } = this.#request;
    return {
      Accept: "text/event-stream",
      "Accept-Encoding": compression ? "gzip, deflate, br" : "identity",
      "Cache-Control": "no-cache",
      ...(lastEventId === undefined ? {} : { "Last-Event-ID": lastEventId }),
      ...this.#settings.headers,
    };
  }

  #receive(url: string, response: Response): void {
    const { statusCode: status = 0, httpVersion } = response;
    this.#record.addHead(url, { status, httpVersion, headers: headersOf(response) });
    const target = redirectOf(url, response);
    if (target !== undefined && this.#redirects < maxRedirects) {
      this.#redirects += 1;
      const previous = this.#outgoing;
      this.#send(target);
      previous?.destroy();
    } else if (status === 200 && isEventStream(response)) this.#read(response);
    else this.#finish("left");
  }

  #read(response: Response): void {
    this.#leaveAfter(this.#request.duration);
    response.on("data", () => this.#record.addBytes());
    const text = decompressed(response);
    text.on("data", (bytes: Uint8Array) => {
      if (!this.#over) this.#record.addText(bytes);
    });
    text.on("error", () => this.#finish("cut", "the compressed response is broken"));
    response.once("error", (error) => this.#finish("cut", reasonOf(error)));
    text.once("end", () => this.#finish(response.complete ? "complete" : "cut"));
    response.once("close", () => {
      if (!response.complete) this.#finish("cut");
    });
  }

  #leaveAfter(milliseconds: number, condition: () => boolean = () => true): void {
    const leave = (): void => {
      if (condition()) this.#finish("left");
    };
    this.#timers.push(systemTimers.setTimeout(leave, milliseconds));
  }

  #finish(how: StreamObservation["end"]["how"], error?: string): void {
    if (this.#over) return;
    this.#over = true;
    for (const timer of this.#timers) systemTimers.clearTimeout(timer);
    this.#resolve(this.#record.finish(how, error));
    this.#outgoing?.destroy();
  }
}

/** A response; Node sets `res` on its request. */
type Response = IncomingMessage;

declare module "node:http" {
  interface ClientRequest {
    /** The response, once its head has been received. */
    res?: IncomingMessage;
  }
}

function redirectOf(url: string, { statusCode = 0, headers: { location } }: Response): string | undefined {
  if (![301, 302, 303, 307, 308].includes(statusCode) || location === undefined) return undefined;
  return URL.canParse(location, url) ? new URL(location, url).href : undefined;
}

function isEventStream({ headers }: Response): boolean {
  return /^text\/event-stream\s*(?:;|$)/i.test(headers["content-type"] ?? "");
}

function headersOf({ headers }: Response): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, [value ?? []].flat().join(", ").slice(0, 500)]),
  );
}

/**
 * Returns the body as the application wrote it, each part as soon as the compressor let it through.
 */
function decompressed(response: Response): Readable {
  const decoders: Record<string, () => NodeJS.ReadWriteStream> = {
    gzip: createGunzip,
    deflate: createInflate,
    br: createBrotliDecompress,
  };
  const decoder = decoders[response.headers["content-encoding"]?.toLowerCase() ?? ""];
  return decoder === undefined ? response : (response.pipe(decoder()) as unknown as Readable);
}

/** Returns the reason that an error of Node has; one of several addresses hides it. */
function reasonOf(error: Error & { errors?: Error[] }): string {
  return error.message || error.errors?.[0]?.message || error.name;
}
