import type { ServerResponse } from "node:http";
import { constants } from "node:http2";
import type { Socket } from "node:net";
import { type ResponseHeaders, responseStarted, type StreamSink } from "@sse/hub/adapter";
import { chunkOf, isPlainChunked, ownSocket, thisTurn } from "./chunked-socket.js";
import { isHttp2, isOver, type NodeResponse } from "./http-types.js";
import { suspendIdleTimeout } from "./idle-timeout.js";
import { setStreamHead } from "./response-headers.js";

/** Options of {@link ResponseSink}. */
export interface ResponseSinkOptions {
  /** Status of the response. Default 200, the only one that a browser's `EventSource` takes. */
  status?: number;
  /** Headers besides `eventStreamHeaders`. Default: none. */
  headers?: ResponseHeaders;
  /** Bytes that may be queued for the client, in this process, before the sink is full. Default 65536. */
  highWaterMark?: number;
  /** Milliseconds that {@link ResponseSink.close} gives the client to take what was written. Default 5000. */
  closeTimeout?: number;
}

/** What a {@link ResponseSink} reports. */
export interface ResponseSinkListener {
  /** Called just before the head is sent: from here on the response is a stream. */
  onStart?(sink: ResponseSink): void;
  /** Takes what the response throws at us, from middleware that patched it, say. The response is destroyed then. */
  onError?(error: unknown): void;
}

/** What the two kinds of response have in common here; their own types differ in overloads. */
interface ByteWriter {
  write(bytes: Uint8Array, written?: () => void): boolean;
}

/** Bytes of this process's memory that a write takes while it waits, besides its own bytes: a little over the 700 to 900 that were measured. */
const waitingWriteBytes = 1_024;

const nothing = new Uint8Array();

const ignore = (): void => {};

/**
 * The bytes of one event stream over a response of `node:http` or `node:http2`: the only code here that writes a stream to a response.
 *
 * It begins and ends through the public methods of the response, so whatever middleware patched them to do still happens. In between
 * it writes to the socket of a plain HTTP/1.1 response: `response.write` frames the same bytes for each client, in three buffers and
 * a tick of their own, which takes half of the time that is not the kernel's. Nothing is set or sent before the first write.
 */
export class ResponseSink implements StreamSink {
  readonly closed: Promise<void>;

  readonly #response: NodeResponse;
  readonly #connection: { readonly destroyed: boolean };
  readonly #options: ResponseSinkOptions;
  readonly #listener: ResponseSinkListener;
  readonly #highWaterMark: number;
  #resolveClosed: () => void = ignore;
  #drained: Promise<void> | undefined;
  #resolveDrained: () => void = ignore;
  #closeDeadline: NodeJS.Timeout | undefined;
  #resumeIdleTimeout: () => void = ignore;
  #leaveConnection: () => void = ignore;
  #onRoom: (() => void) | undefined;
  #onWritten: (() => void) | undefined;
  /** Writes that may still wait. */
  #waitingWrites = 0;
  /** The response, if it can be written past. */
  #plain: ServerResponse | undefined;
  /** What went to the socket in the last turn in which something did. */
  #turn = 0;
  #turnBytes = 0;
  #started = false;
  #ended = false;
  #over = false;

  /** @param listener Default: nobody is told. */
  constructor(
    response: NodeResponse,
    options: ResponseSinkOptions = {},
    listener: ResponseSinkListener = {},
  ) {
    this.#response = response;
    this.#connection = isHttp2(response) ? response.stream : response.req.socket;
    this.#options = options;
    this.#listener = listener;
    this.#highWaterMark = options.highWaterMark ?? 65_536;
    this.closed = new Promise((resolve) => {
      this.#resolveClosed = resolve;
    });
    // An error of the response is followed by `close`, which says all there is to know; without a listener it would end the process.
    response.on("error", ignore);
    if (isOver(response)) this.release();
    else this.#listen();
  }

  /** Whether the head has been sent. */
  get started(): boolean {
    return this.#started;
  }

  /** Whether the transport has closed: as {@link closed}, at this moment. */
  get over(): boolean {
    return this.#over;
  }

  /**
   * Counts what the response, its socket and its HTTP/2 stream hold, chunk framing and the keeping of each write included, because many small
   * writes would take several times their bytes; not what the kernel holds.
   */
  get room(): number {
    // Between a connection's end and the event that tells it, writes vanish: they would never fill the sink.
    if (this.#connection.destroyed) return this.#over ? this.#highWaterMark : 0;
    const queued = this.#response.writableLength;
    const held = queued === 0 ? 0 : queued + this.#waitingWrites * waitingWriteBytes;
    // A kernel that takes everything at once is no reason to write without an end in one turn.
    const taken = this.#turn === thisTurn() ? this.#turnBytes : 0;
    return this.#highWaterMark - Math.max(held, taken);
  }

  write(bytes: Uint8Array): void {
    if (this.#over || this.#ended) return;
    try {
      if (!this.#started) this.#start();
      // Written past the response, or by middleware that loses callbacks: what has left waits no longer.
      if (this.#response.writableLength === 0) this.#waitingWrites = 0;
      this.#waitingWrites += 1;
      const socket = this.#plain && ownSocket(this.#plain);
      if (socket === undefined) this.#writeBody(bytes);
      // An empty chunk would end the response.
      else if (bytes.byteLength > 0) this.#writeChunk(socket, bytes);
    } catch (error) {
      this.#fail(error);
    }
  }

  drain(): Promise<void> {
    if (this.#over || this.room > 0) return Promise.resolve();
    if (this.#drained === undefined) {
      this.#drained = new Promise((resolve) => {
        this.#resolveDrained = resolve;
      });
      this.#askForRoom(this.#drained);
    }
    return this.#drained;
  }

  close(): void {
    if (this.#over || this.#ended) return;
    this.#ended = true;
    try {
      if (!this.#started) this.#start();
      this.#response.end();
    } catch (error) {
      this.#fail(error);
    }
    if (!this.#over)
      this.#closeDeadline = setTimeout(() => this.destroy(), this.#options.closeTimeout ?? 5000);
  }

  destroy(): void {
    if (this.#over) return;
    const response = this.#response;
    // Otherwise an HTTP/2 client could not tell a stream that was cut from one that ended.
    if (isHttp2(response)) response.stream.close(constants.NGHTTP2_CANCEL);
    response.destroy();
    // Nothing tells a response without a connection, one that waits in a pipeline, that it has closed.
    if (!isHttp2(response) && response.socket === null) this.release();
  }

  /**
   * Lets go of the response without touching it, so that something else can answer with it; for the sink's owner the transport has
   * closed. For a response that has not started.
   */
  release(): void {
    if (this.#over) return;
    this.#over = true;
    clearTimeout(this.#closeDeadline);
    this.#resumeIdleTimeout();
    this.#unlisten();
    this.#resolveDrained();
    this.#resolveClosed();
  }

  #writeBody(bytes: Uint8Array): void {
    const response: ByteWriter = this.#response;
    this.#onWritten === undefined ? response.write(bytes) : response.write(bytes, this.#onWritten);
    flush(this.#response);
  }

  /** Without a callback, which would cost a tick for each write: {@link #askForRoom} asks when there is somebody to tell. */
  #writeChunk(socket: Socket, bytes: Uint8Array): void {
    const chunk = chunkOf(bytes);
    const turn = thisTurn();
    this.#turnBytes = (this.#turn === turn ? this.#turnBytes : 0) + chunk.byteLength;
    this.#turn = turn;
    socket.write(chunk);
  }

  /** The callback of an empty write comes when all before it has left. It asks in a later turn, because this one may be what is full. */
  #askForRoom(waiting: Promise<void>): void {
    const socket = this.#plain?.socket;
    if (!socket?.writable) return;
    socket.write(nothing, () =>
      setImmediate(() => {
        this.#tellRoom();
        if (this.#drained === waiting) this.#askForRoom(waiting);
      }),
    );
  }

  #listen(): void {
    const response = this.#response;
    response.on("close", this.#onClose);
    if (!isHttp2(response) && response.socket === null) this.#listenToConnection(response);
  }

  /** A response that waits in a pipeline has no socket yet and is not told when the connection goes. */
  #listenToConnection(response: ServerResponse): void {
    const { socket } = response.req;
    socket.on("close", this.#onClose);
    this.#leaveConnection = () => socket.off("close", this.#onClose);
  }

  #unlisten(): void {
    this.#response.off("close", this.#onClose);
    if (this.#onRoom !== undefined) this.#response.off("drain", this.#onRoom);
    this.#leaveConnection();
  }

  readonly #onClose = (): void => this.release();

  /** For a response that is not written past. */
  #listenToWrites(): void {
    this.#onRoom = () => this.#tellRoom();
    // After each write too: `drain` comes only when Node's own high-water mark was reached, which may be above ours.
    this.#onWritten = () => {
      this.#waitingWrites = Math.max(0, this.#waitingWrites - 1);
      this.#tellRoom();
    };
    this.#response.on("drain", this.#onRoom);
  }

  #tellRoom(): void {
    if (this.#drained === undefined || this.room <= 0) return;
    this.#drained = undefined;
    // In a turn of its own: for a client that reads fast, a producer that waits for nothing else would leave no turn to anyone.
    setImmediate(this.#resolveDrained);
  }

  #start(): void {
    const response = this.#response;
    if (response.headersSent) throw responseStarted();
    this.#listener.onStart?.(this);
    this.#started = true;
    setStreamHead(response, this.#options.status ?? 200, this.#options.headers ?? {});
    this.#resumeIdleTimeout = suspendIdleTimeout(response);
    sendWithoutDelay(response);
    if (isPlainChunked(response)) this.#plain = response;
    else this.#listenToWrites();
  }

  #fail(error: unknown): void {
    this.destroy();
    this.#listener.onError?.(error);
  }
}

/** Small events must not wait for the acknowledgement of earlier ones. Node does this by default; in HTTP/2 always. */
function sendWithoutDelay(response: NodeResponse): void {
  // A server takes any duplex stream as a connection.
  if (!isHttp2(response)) response.req.socket.setNoDelay?.(true);
}

/** Compression middleware adds `flush`. It compresses only if `no-transform` was overridden; events must not wait in it then. */
function flush(response: NodeResponse): void {
  if ("flush" in response && typeof response.flush === "function") response.flush();
}
