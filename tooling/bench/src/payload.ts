/** Once in each event and nowhere else in a response. One byte, so that no chunk border splits it: to count it is to count events. */
export const marker = "|";

/** The code of {@link marker}. */
export const markerByte: number = marker.charCodeAt(0);

/** The data of the `number`th event: readable, `bytes` long, with one marker. */
export function payload(number: number, bytes: number): string {
  return `${marker}${number} `.padEnd(bytes, "price 101.25 ");
}

/** The number in an event's data. */
export function numberOf(data: string): number {
  return Number.parseInt(data.slice(marker.length), 10);
}
