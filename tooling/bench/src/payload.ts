/**
 * Once in each event and nowhere else in a response. One byte, so that no chunk border splits it:
 * to count it is to count events.
 */
const marker = "|";

/** The code of {@link marker}. */
export const markerByte: number = marker.charCodeAt(0);

/**
 * A payload as applications publish it: an object, which becomes JSON in the library or before it.
 */
export interface Payload {
  text: string;
}

const bytesAround = JSON.stringify({ text: "" }).length;

/** The data of the `number`th event: readable, `bytes` long as JSON, with one marker. */
export function payload(number: number, bytes: number): Payload {
  return { text: `${marker}${number} `.padEnd(bytes - bytesAround, "price 101.25 ") };
}

/** The number in an event's data; `undefined` for what is no payload. */
export function numberOf(data: string): number | undefined {
  const number = /^{"text":"\|(\d+) /.exec(data)?.[1];
  return number === undefined ? undefined : Number(number);
}
