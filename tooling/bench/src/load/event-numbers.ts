import { createParser } from "eventsource-parser";
import { numberOf } from "../payload.js";

/**
 * Returns the numbers of the events in the bytes of a response, chunked or plain, read by a parser
 * of no contender.
 */
export function eventNumbers(response: Buffer): number[] {
  const numbers: number[] = [];
  const parser = createParser({
    onEvent: ({ data }) => {
      const number = numberOf(data);
      if (number !== undefined) numbers.push(number);
    },
  });
  parser.feed(body(response).toString());
  return numbers;
}

function body(response: Buffer): Buffer {
  const chunks: Buffer[] = [];
  let at = response.indexOf("\r\n\r\n") + 4;
  if (!/^transfer-encoding: chunked/im.test(response.toString("latin1", 0, at))) return response.subarray(at);
  for (;;) {
    const sizeEnd = response.indexOf("\r\n", at);
    if (sizeEnd < 0) return Buffer.concat(chunks);
    const size = Number.parseInt(response.toString("latin1", at, sizeEnd), 16);
    chunks.push(response.subarray(sizeEnd + 2, sizeEnd + 2 + size));
    at = sizeEnd + 2 + size + 2;
  }
}
