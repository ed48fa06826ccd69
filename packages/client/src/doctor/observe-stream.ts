import type { Readable } from "node:stream";
import { createBrotliDecompress, createGunzip, createInflate } from "node:zlib";
import { systemTimers } from "@sse/core/internal";
import { isEventStreamType } from "../mime-type.js";
import { idHeader } from "../resume/id-header.js";
import type { EventObservation, StreamObservation } from "./observations.js";
import { type DoctorResponse, sendRequest } from "./request.js";
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
  #cancel: () => void = () => {};
  #answered = false;
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
    this.#leaveAfter(settings.timeout, () => !this.#answered);
    this.#send(request.url);
  }

  #send(url: string): void {
    const previous = this.#cancel;
    let current = true;
    const cancel = sendRequest({
      url,
      headers: this.#headers(url),
      insecure: this.#settings.insecure,
      onResponse: (response) => this.#receive(url, response),
      onError: (error) => {
        if (current) this.#finish(this.#answered ? "cut" : "failed", reasonOf(error));
      },
    });
    this.#cancel = () => {
      current = false;
      cancel();
    };
    previous();
  }

  #headers(url: string): Record<string, string> {
    const { lastEventId = "", compression = true } = this.#request;
    const id = idHeader(lastEventId);
    return {
      Accept: "text/event-stream",
      "Accept-Encoding": compression ? "gzip, deflate, br" : "identity",
      "Cache-Control": "no-cache",
      ...(id && { "Last-Event-ID": id }),
      ...(mayReceiveCredentials(url, this.#request.url) && this.#settings.headers),
    };
  }

  #receive(url: string, response: DoctorResponse): void {
    const { status, httpVersion, headers } = response;
    this.#answered = true;
    this.#record.addHead(url, { status, httpVersion, headers });
    const target = redirectOf(url, response);
    if (target !== undefined && this.#redirects < maxRedirects) {
      this.#redirects += 1;
      this.#answered = false;
      this.#send(target);
    } else if (status === 200 && isEventStreamType(headers["content-type"])) this.#read(response);
    else this.#finish("left");
  }

  #read(response: DoctorResponse): void {
    this.#leaveAfter(this.#request.duration);
    const { body } = response;
    body.on("data", () => this.#record.addBytes());
    const text = decompressed(response);
    text.on("data", (bytes: Uint8Array) => {
      if (!this.#over) this.#record.addText(bytes);
    });
    text.on("error", () => this.#finish("cut", "the compressed response is broken"));
    body.once("error", (error) => this.#finish("cut", reasonOf(error)));
    text.once("end", () => this.#finish(response.isComplete() ? "complete" : "cut"));
    body.once("close", () => {
      if (!response.isComplete()) this.#finish("cut");
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
    this.#cancel();
  }
}

function redirectOf(url: string, { status, headers: { location } }: DoctorResponse): string | undefined {
  if (![301, 302, 303, 307, 308].includes(status) || location === undefined) return undefined;
  const target = URL.canParse(location, url) ? new URL(location, url) : undefined;
  return target && /^https?:$/.test(target.protocol) ? target.href : undefined;
}

/** Whether a redirect leads to the same origin, or to the same over TLS. */
function mayReceiveCredentials(url: string, original: string): boolean {
  const own = new URL(original);
  const secure = new URL(original);
  secure.protocol = "https:";
  return [own.origin, secure.origin].includes(new URL(url).origin);
}

/**
 * Returns the body as the application wrote it, each part as soon as the compressor let it through.
 */
function decompressed({ body, headers }: DoctorResponse): Readable {
  const decoders: Record<string, () => NodeJS.ReadWriteStream> = {
    gzip: createGunzip,
    deflate: createInflate,
    br: createBrotliDecompress,
  };
  const decoder = decoders[headers["content-encoding"]?.toLowerCase() ?? ""];
  return decoder === undefined ? body : (body.pipe(decoder()) as unknown as Readable);
}

/** Returns the reason that an error of Node has; one of several addresses hides it. */
function reasonOf(error: Error & { errors?: Error[] }): string {
  return error.message || error.errors?.[0]?.message || error.name;
}
