import type { Socket } from "node:net";
import { isUnpatched } from "./chunked-socket.js";
import type { NodeResponse } from "./http-types.js";

/** The sockets that are corked until the end of this turn. */
const corked = new Set<Socket>();

const settled = Promise.resolve();

let turn = 0;
let turnStarted = false;

/** Returns a number that is the same until the callbacks of `process.nextTick` have run. */
export function currentTurn(): number {
  startTurn();
  return turn;
}

/**
 * Joins what is written to a socket in the rest of this turn to one system call, which costs more
 * than everything else about a small write.
 */
export function corkForTurn(socket: Socket): void {
  startTurn();
  if (corked.has(socket)) return;
  corked.add(socket);
  socket.cork();
}

/**
 * Joins the head and what else is written in this turn: a system call of its own would cost more
 * than everything else about the start of a stream.
 */
export function corkHead(response: NodeResponse): void {
  if (isUnpatched(response) && response.socket !== null) corkForTurn(response.socket);
}

/** Sends what {@link corkForTurn} has joined so far. */
export function uncork(socket: Socket): void {
  if (corked.delete(socket)) socket.uncork();
}

function startTurn(): void {
  if (turnStarted) return;
  turnStarted = true;
  // Fake timers of jest have a clock, and would hold back what has been joined.
  if ("clock" in process.nextTick) void settled.then(endTurn);
  else process.nextTick(endTurn);
}

function endTurn(): void {
  turnStarted = false;
  turn += 1;
  for (const socket of corked) uncork(socket);
}
