import { setTimeout as delay } from "node:timers/promises";

/** The name of the model, which is reserved. */
export const modelName = "Oracle";

/** Answers by a word of the question, in the order in which they are tried. */
const answers: readonly (readonly [RegExp, string])[] = [
  [
    /resume|lost|break|cut|reconnect/i,
    "When your connection breaks, your browser asks again with the id of the last event that it has seen. The hub keeps a log, and an id is a position in it: what comes after that position is sent first, once each and in order. Then you are live again. If something is no longer held, you are told so, and the page can say so too.",
  ],
  [
    /run|answer|token|model/i,
    "This answer is a run: a topic that ends. Each word is an event with an id in the log, so it goes on with or without a reader. Cut the line in the middle of a sentence, and the rest arrives when it is mended. Open it on a second device, and it is the same answer from its beginning. The model was asked once.",
  ],
];

const otherwise =
  "Server-Sent Events are one HTTP response that does not end. The server writes events to it, a few lines of text each, and the browser reads them as they arrive. That is all there is to the protocol, and it is enough for prices, for a chat, and for an answer such as this one, which you receive word by word. Cut the line now, and see what happens to the sentence.";

/**
 * Yields the answer to a question word by word, as a model does. It is canned: no model is needed
 * to try the chat.
 *
 * @param wordTime milliseconds between two words.
 * @param signal aborts when the rest is not wanted any more.
 */
export async function* answerTo(
  question: string,
  wordTime: number,
  signal: AbortSignal,
): AsyncGenerator<string> {
  const [, answer] = answers.find(([pattern]) => pattern.test(question)) ?? [undefined, otherwise];
  for (const word of answer.split(/(?<= )/)) {
    await delay(wordTime, undefined, { signal });
    yield word;
  }
}
