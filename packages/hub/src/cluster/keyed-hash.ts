/** A secret key: 16 hexadecimal digits. */
export type HashKey = string;

/** Returns a new random key. */
export function randomKey(): HashKey {
  const bytes = crypto.getRandomValues(new Uint8Array(8));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/**
 * Returns the HalfSipHash-2-4 of bytes: 16 hexadecimal digits that nothing without the key can
 * compute. It works in 32-bit operations and in one turn, which the ciphers of a runtime do not.
 */
export function keyedHash(key: HashKey, bytes: Uint8Array): string {
  const [k0, k1] = [key.slice(0, 8), key.slice(8, 16)].map(readWord) as [number, number];
  const state = new Uint32Array([k0, k1 ^ 0xee, 0x6c796765 ^ k0, 0x74656462 ^ k1]);
  const blocks = bytes.length >>> 2;
  for (let block = 0; block < blocks; block += 1) absorb(state, wordAt(bytes, block * 4, 4));
  absorb(state, wordAt(bytes, blocks * 4, bytes.length & 3) | (bytes.length << 24));
  state[2]! ^= 0xee;
  const first = squeeze(state);
  state[1]! ^= 0xdd;
  return first + squeeze(state);
}

function absorb(state: Uint32Array, word: number): void {
  state[3]! ^= word;
  round(state);
  round(state);
  state[0]! ^= word;
}

function squeeze(state: Uint32Array): string {
  for (let i = 0; i < 4; i += 1) round(state);
  const word = state[1]! ^ state[3]!;
  return [0, 8, 16, 24].map((shift) => ((word >>> shift) & 0xff).toString(16).padStart(2, "0")).join("");
}

function round(state: Uint32Array): void {
  let [v0, v1, v2, v3] = state as unknown as [number, number, number, number];
  v0 += v1;
  v1 = rotate(v1, 5) ^ v0;
  v0 = rotate(v0, 16);
  v2 += v3;
  v3 = rotate(v3, 8) ^ v2;
  v0 += v3;
  v3 = rotate(v3, 7) ^ v0;
  v2 += v1;
  v1 = rotate(v1, 13) ^ v2;
  v2 = rotate(v2, 16);
  state.set([v0, v1, v2, v3]);
}

function rotate(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}

/** Reads up to four bytes, lowest first. */
function wordAt(bytes: Uint8Array, start: number, length: number): number {
  let word = 0;
  for (let i = 0; i < length; i += 1) word |= bytes[start + i]! << (8 * i);
  return word;
}

/** Reads eight hexadecimal digits as bytes, lowest first. */
function readWord(digits: string): number {
  const bytes = Uint8Array.from([0, 2, 4, 6], (at) => Number.parseInt(digits.slice(at, at + 2), 16));
  return wordAt(bytes, 0, 4);
}
