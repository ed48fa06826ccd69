import type { ServerResponse } from "node:http";
import { constants } from "node:http2";
import type { Socket } from "node:net";
import { postTask, systemTimers } from "@sse/core/internal";
import { checkSinkOptions, responseStarted, type SinkOptions, type StreamSink } from "@sse/hub/adapter";
import { canWriteChunks, isUnpatchedHttp2, writableSocket } from "./chunked-socket.js";
import { bytesOf, chunkOf, currentTick, isAscii, textChunkOf } from "./chunks.js";
import { type ByteWriter, isHttp2, isOver, type NodeResponse } from "./http-types.js";
import { suspendIdleTimeout } from "./idle-timeout.js";
import { corkForTurn, corkHead, currentTurn, uncork } from "./joined-writes.js";
import { flush, sendWithoutDelay } from "./no-delay.js";
import { maxWholeBytes, PieceQueue } from "./piece-queue.js";
import { setStreamHead } from "./response-headers.js";

/** Options of {@link ResponseSink}: those of a response, without its methods. */
export interface ResponseSinkOptions extends SinkOptions {}

/** Receives what a {@link ResponseSink} reports. */
export interface ResponseSinkListener {
  /** Called just before the head is sent: from here on the response is a stream. */
  onStart?(sink: ResponseSink): void | Promise<void>;
  /** Receives what the response threw, as middleware may. The response is destroyed then. */
  onError?(error: unknown): void;
}

/** Memory that a waiting write uses besides its own bytes: 700 to 900 were measured. */
const waitingWriteBytes = 1_024;

const nothing = new Uint8Array();

const ignore = (): void => {};

/**
 * Writes one event stream to a response of `node:http` or `node:http2`. No other code here does.
 *
 * It starts and ends through the public methods of the response, so that patches of middleware
 * still apply. In between it writes to the socket of a plain HTTP/1.1 response: `response.write`
 * frames the same bytes for each client, in three buffers and a tick of its own, which is half of
 * the time outside of the kernel. Nothing is set or sent before the first write.
 */
// Over 25 members: each further object would cost memory for every client.
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
  #closeDeadline: unknown;
  #resumeIdleTimeout: () => void = ignore;
  #leaveConnection: () => void = ignore;
  #onRoom: (() => void) | undefined;
  #onWritten: (() => void) | undefined;
  /** Number of writes that may still wait. */
  #waitingWrites = 0;
  /** The response, if chunks may be written to its socket. */
  #plain: ServerResponse | undefined;
  /** Holds the rest of a large write, and everything after it. */
  #pieces: PieceQueue | undefined;
  /** The last turn in which the socket was written to. */
  #turn = -1;
  /** Bytes written to the socket since {@link #tick}, the last tick that was looked at. */
  #recentBytes = 0;
  #tick = 0;
  /** Writes that wait until the head may be sent. */
  #delayed: Uint8Array[] | undefined;
  #started = false;
  #ended = false;
  #over = false;

  /**
   * @param listener Default: none.
   * @throws {SseError} `invalid-option` for an unknown option, or a value out of its range.
   */
  constructor(
    response: NodeResponse,
    options: ResponseSinkOptions = {},
    listener: ResponseSinkListener = {},
  ) {
    checkSinkOptions("new ResponseSink", options);
    this.#response = response;
    this.#connection = isHttp2(response) ? response.stream : (response.req?.socket ?? response);
    this.#options = options;
    this.#listener = listener;
    this.#highWaterMark = options.highWaterMark ?? 65_536;
    this.closed = new Promise((resolve) => {
      this.#resolveClosed = resolve;
    });
    // `close` follows an error of the response; without a listener the error would end the process.
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
   * Counts the bytes held by the response, its socket and its HTTP/2 stream, with chunk framing and
   * the memory of each write: many small writes would use several times their bytes. The kernel's
   * buffers are not counted.
   */
  get room(): number {
    if (this.#delayed !== undefined && !this.#over) {
      return this.#highWaterMark - this.#delayed.reduce((bytes, { byteLength }) => bytes + byteLength, 0);
    }
    // Between a connection's end and the event that reports it, writes vanish: they would never
    // fill the sink.
    if (this.#connection.destroyed) return this.#over ? this.#highWaterMark : 0;
    // An emulated response has none.
    const queued = (this.#response.writableLength ?? 0) + (this.#pieces?.bytes ?? 0);
    const held = queued === 0 ? 0 : queued + this.#waitingWrites * waitingWriteBytes;
    // A kernel that accepts everything at once is no reason to write without an end in one turn.
    const taken = this.#writesMuch && this.#tick === currentTick() ? this.#recentBytes : 0;
    return this.#highWaterMark - Math.max(held, taken);
  }

  write(data: Uint8Array | string): void {
    if (this.#over || this.#ended) return;
    try {
      if (!this.#started) this.#start();
      if (this.#delayed === undefined) this.#writeNow(data);
      else this.#delayed.push(bytesOf(data));
    } catch (error) {
      this.#fail(error);
    }
  }

  writeText(text: string): void {
    this.write(text);
  }

  #writeNow(data: Uint8Array | string): void {
    // An empty chunk would end the response.
    if (data.length === 0) return;
    // Written past the response, or by middleware that loses callbacks: what has left waits no
    // longer.
    if (this.#response.writableLength === 0) this.#waitingWrites = 0;
    this.#waitingWrites += 1;
    const socket = this.#plain && writableSocket(this.#plain);
    if (this.#pieces?.isBusy || (data.length > maxWholeBytes && this.#tellsWrites))
      this.#writePieces(bytesOf(data));
    else if (socket === undefined) this.#writeBody(bytesOf(data));
    else this.#writeChunk(socket, data);
  }

  /** Whether the response calls back for each write: middleware that patched it may not. */
  get #tellsWrites(): boolean {
    return this.#plain !== undefined || isUnpatchedHttp2(this.#response);
  }

  #writePieces(bytes: Uint8Array): void {
    this.#pieces ??= new PieceQueue(
      (piece, onWritten) => {
        if (this.#plain?.socket) this.#plain.socket.write(piece, onWritten);
        else (this.#response as ByteWriter).write(piece, undefined, onWritten);
      },
      () => {
        if (this.#ended) this.#response.end();
        this.#notifyDrain();
      },
    );
    this.#pieces.push(this.#plain === undefined ? bytes : chunkOf(bytes));
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
      if (this.#delayed === undefined) this.#endResponse();
    } catch (error) {
      this.#fail(error);
    }
    if (!this.#over)
      this.#closeDeadline = systemTimers.setTimeout(() => this.destroy(), this.#options.closeTimeout ?? 5000);
  }

  #endResponse(): void {
    if (!this.#pieces?.isBusy) this.#response.end();
  }

  destroy(): void {
    if (this.#over) return;
    const response = this.#response;
    if (!isHttp2(response) && response.socket === null) this.#destroyInTurn(response);
    else {
      // Otherwise an HTTP/2 client could not distinguish a stream that was cut from one that ended.
      if (isHttp2(response)) response.stream.close(constants.NGHTTP2_CANCEL);
      response.destroy();
    }
  }

  /**
   * Cuts the connection of a response that waits in a pipeline once the responses ahead have been
   * sent. Not by its own `destroy`: from Node 24 on that leaves the connection open.
   */
  #destroyInTurn(response: ServerResponse): void {
    response.once("socket", (socket) => socket.destroy());
    // It emits no `close` without a socket.
    this.release();
  }

  /**
   * Leaves the response untouched, so that something else can respond; for the sink's owner the
   * transport has closed. Only for a response that has not started.
   */
  release(): void {
    if (this.#over) return;
    this.#over = true;
    this.#pieces = undefined;
    systemTimers.clearTimeout(this.#closeDeadline);
    this.#resumeIdleTimeout();
    this.#unlisten();
    this.#resolveDrained();
    this.#resolveClosed();
  }

  #writeBody(bytes: Uint8Array): void {
    const response: ByteWriter = this.#response;
    const { buffer, byteOffset, byteLength } = bytes;
    // Middleware that patched it may expect a Buffer, and the callback as the third argument.
    response.write(Buffer.from(buffer, byteOffset, byteLength), undefined, this.#onWritten);
    flush(this.#response);
  }

  /**
   * Writes without a callback, which would cost a tick per write: {@link #askForRoom} adds one when
   * a drain is awaited.
   */
  #writeChunk(socket: Socket, data: Uint8Array | string): void {
    const chunk = isAscii(data) ? textChunkOf(data) : chunkOf(bytesOf(data));
    this.#countRecent(chunk.length);
    // Most turns have one write.
    if (this.#turn === currentTurn()) corkForTurn(socket);
    else this.#turn = currentTurn();
    socket.write(chunk, "latin1");
    // Writes that wait use up room.
    if (2 * this.#waitingWrites * waitingWriteBytes > this.#highWaterMark) uncork(socket);
  }

  #countRecent(bytes: number): void {
    this.#recentBytes += bytes;
    if (!this.#writesMuch || this.#tick === currentTick()) return;
    this.#tick = currentTick();
    this.#recentBytes = bytes;
  }

  /**
   * Whether the bytes of each tick must be counted. The end of a tick costs an event of the event
   * loop, which a client that is sent little does not need.
   */
  get #writesMuch(): boolean {
    return 2 * this.#recentBytes > this.#highWaterMark;
  }

  /**
   * Waits for the callback of an empty write, which is called when all before it has been sent. It
   * checks the room in a later tick, because this one may be what is full.
   */
  #askForRoom(waiting: Promise<void>): void {
    const socket = this.#plain?.socket;
    if (!socket?.writable) return;
    socket.write(nothing, () =>
      postTask(() => {
        this.#notifyDrain();
        if (this.#drained === waiting) this.#askForRoom(waiting);
      }),
    );
  }

  #listen(): void {
    const response = this.#response;
    response.on("close", this.#onClose);
    if (isHttp2(response)) return void response.stream.once("aborted", this.#onAborted);
    if (response.socket === null) this.#listenToConnection(response);
    response.req?.on("close", this.#onRequestClose);
  }

  /**
   * Listens to the connection for a response that waits in a pipeline: it has no socket yet, and
   * emits no `close` when the connection is lost.
   */
  #listenToConnection(response: ServerResponse): void {
    const { socket } = response.req;
    socket.on("close", this.#onClose);
    this.#leaveConnection = () => socket.off("close", this.#onClose);
  }

  #unlisten(): void {
    this.#response.off("close", this.#onClose);
    if (isHttp2(this.#response)) this.#response.stream.off("aborted", this.#onAborted);
    this.#response.req?.off("close", this.#onRequestClose);
    if (this.#onRoom !== undefined) this.#response.off("drain", this.#onRoom);
    this.#leaveConnection();
  }

  readonly #onClose = (): void => this.release();

  /**
   * Node emits no `close` for a stream that is reset with NO_ERROR and has something to write. To
   * destroy it at once would be inside of the session's reading, which may never end then.
   */
  readonly #onAborted = (): void => {
    this.release();
    postTask(() => this.#response.destroy());
  };

  /** Some versions of Bun emit no `close` on the response when the client has left. */
  readonly #onRequestClose = (): void => {
    if (this.#connection.destroyed) this.release();
  };

  /** Counts the writes of a response whose socket is not written to. */
  #listenToWrites(): void {
    this.#onRoom = () => this.#notifyDrain();
    // After each write too: `drain` is emitted only above Node's own high-water mark, which may be
    // higher than ours.
    this.#onWritten = () => {
      this.#waitingWrites = Math.max(0, this.#waitingWrites - 1);
      this.#notifyDrain();
      // Bun counts a write as waiting until after its callback, and may emit no `drain` for it.
      if (this.#drained !== undefined) postTask(() => this.#notifyDrain());
    };
    this.#response.on("drain", this.#onRoom);
  }

  #notifyDrain(): void {
    if (this.#drained === undefined || this.room <= 0) return;
    this.#drained = undefined;
    // In a tick of its own: for a client that reads fast, a producer that waits for nothing else
    // would leave no tick for others.
    postTask(this.#resolveDrained);
  }

  #start(): void {
    const response = this.#response;
    if (response.headersSent) throw responseStarted();
    const delay = this.#listener.onStart?.(this);
    this.#started = true;
    if (delay === undefined) this.#sendHead();
    else {
      this.#delayed = [];
      void delay.then(() => this.#endDelay());
    }
  }

  #endDelay(): void {
    const delayed = this.#delayed ?? [];
    this.#delayed = undefined;
    if (this.#over) return;
    try {
      this.#sendHead();
      for (const bytes of delayed) this.#writeNow(bytes);
      if (this.#ended) this.#endResponse();
      this.#notifyDrain();
      if (this.#drained !== undefined) this.#askForRoom(this.#drained);
    } catch (error) {
      this.#fail(error);
    }
  }

  #sendHead(): void {
    const response = this.#response;
    corkHead(response);
    setStreamHead(response, this.#options.status ?? 200, this.#options.headers ?? {});
    this.#resumeIdleTimeout = suspendIdleTimeout(response);
    sendWithoutDelay(response);
    if (canWriteChunks(response)) this.#plain = response;
    else this.#listenToWrites();
  }

  #fail(error: unknown): void {
    this.#ended = true; // Until the response has closed, another write would fail as well.
    this.destroy();
    this.#listener.onError?.(error);
  }
}
