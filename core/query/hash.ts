/** A hash of 64 bits for sketches: the same in every isolate and for ever, since leaves' sketches meet. */

const double = new Float64Array(1);
const words = new Uint32Array(double.buffer);

/** Two lanes of MurmurHash3 (x86, 32 bits, public domain). A number hashes by its bits, a text by its code units. */
export function hashOf(value: string | number | boolean): { high: number; low: number } {
  let high = 0x9747_b28c;
  let low = 0x3c07_4a61;
  let length = 8;
  if (typeof value === "string") {
    length = value.length;
    for (let index = 0; index < length; index++) {
      const unit = value.charCodeAt(index);
      high = step(high, unit);
      low = step(low, unit ^ 0x5555_0000);
    }
  } else {
    double[0] = Number(value);
    const lower = words[0] ?? 0;
    const upper = words[1] ?? 0;
    high = step(step(high, lower), upper);
    low = step(step(low, upper), lower);
  }
  return { high: finish(high ^ length), low: finish(low ^ length) };
}

function step(hash: number, word: number): number {
  let mixed = Math.imul(word, 0xcc9e_2d51);
  mixed = Math.imul((mixed << 15) | (mixed >>> 17), 0x1b87_3593);
  const next = hash ^ mixed;
  return (Math.imul((next << 13) | (next >>> 19), 5) + 0xe654_6b64) | 0;
}

function finish(hash: number): number {
  let mixed = hash ^ (hash >>> 16);
  mixed = Math.imul(mixed, 0x85eb_ca6b);
  mixed ^= mixed >>> 13;
  mixed = Math.imul(mixed, 0xc2b2_ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
