import type { NewLogEntry } from "./event-log.js";

/**
 * Returns a digest of an entry's content, by which a log recognizes whether an idempotency key is
 * used for another entry. 128 bits in hexadecimal digits. It is no defense against a publisher who
 * looks for collisions with its own entries.
 */
export function digestEntry({ channels, event, data, conflateKey }: NewLogEntry): string {
  // The length keeps the boundary between the two parts unambiguous.
  const header = JSON.stringify([channels, event ?? null, conflateKey ?? null, data.length]);
  const state = new Uint32Array([1_779_033_703, 3_144_134_277, 1_013_904_242, 2_773_480_762]);
  absorb(state, header);
  absorb(state, data);
  return finish(state);
}

/** Four multiplicative hashes side by side, each fed with the one before (cyrb128). */
function absorb(state: Uint32Array, text: string): void {
  let [a, b, c, d] = state as unknown as [number, number, number, number];
  for (let i = 0; i < text.length; i += 1) {
    const unit = text.charCodeAt(i);
    a = b ^ Math.imul(a ^ unit, 597_399_067);
    b = c ^ Math.imul(b ^ unit, 2_869_860_233);
    c = d ^ Math.imul(c ^ unit, 951_274_213);
    d = a ^ Math.imul(d ^ unit, 2_716_044_179);
  }
  state.set([a, b, c, d]);
}

function finish(state: Uint32Array): string {
  const [a, b, c, d] = state as unknown as [number, number, number, number];
  const mixed = [
    Math.imul(c ^ (a >>> 18), 597_399_067),
    Math.imul(d ^ (b >>> 22), 2_869_860_233),
    Math.imul(a ^ (c >>> 17), 951_274_213),
    Math.imul(b ^ (d >>> 19), 2_716_044_179),
  ];
  return mixed.map((word) => (word >>> 0).toString(16).padStart(8, "0")).join("");
}
