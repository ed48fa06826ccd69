/** Joins arrays of `byteLength` bytes in total. A single array is returned as it is. */
export function concat(arrays: readonly Uint8Array[], byteLength: number): Uint8Array {
  if (arrays.length === 1) return arrays[0]!;
  const all = new Uint8Array(byteLength);
  let offset = 0;
  for (const bytes of arrays) {
    all.set(bytes, offset);
    offset += bytes.byteLength;
  }
  return all;
}
