import { RequestError } from "./errors.js";
import type { Answer, ChatHub } from "./events.js";
import { answerTo, modelName } from "./model.js";

/** A question to the model. */
export interface Question {
  readonly from: string;
  readonly room: string;
  readonly text: string;
  /** Milliseconds between two words of the answer. */
  readonly wordTime: number;
}

/** Milliseconds without a reader after which an answer is not continued. */
const abandonAfter = 120_000;

/**
 * Asks the model. The answer is a run, which any number of people read; the room receives an event
 * that names it. Resolves to the id of the run when the answer has begun.
 */
export async function ask(hub: ChatHub, { from, room, text, wordTime }: Question): Promise<{ run: string }> {
  const run = await hub.run(crypto.randomUUID(), { abandonAfter });
  void run.pipe(answerTo(text, wordTime, run.signal), (Text) => ({ event: "word", data: { Text } }));
  const data: Answer = {
    Type: "answer",
    From: modelName,
    To: room,
    Message: text,
    Asker: from,
    Run: run.id,
    Timestamp: new Date().toISOString(),
  };
  await hub.publish(room, { event: "answer", data });
  return { run: run.id };
}

/**
 * Stops an answer, for all who read it.
 *
 * @throws {RequestError} 404 for a run that is unknown.
 */
export async function stop(hub: ChatHub, id: string): Promise<{ state: string }> {
  const run = await hub.findRun(id);
  if (run !== undefined) return { state: await run.cancel("stopped by a reader") };
  throw new RequestError(404, {
    code: "unknown-run",
    parameter: "run",
    message: "There is no such answer, or it is no longer held.",
  });
}
