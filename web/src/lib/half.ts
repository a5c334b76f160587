const TABLE = new Float32Array(65536);
let filled = false;

/** The number that 16 bits stand for (IEEE 754 binary16). */
export function fromHalf(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** Little-endian float16 as float32. A table of all numbers makes a layer of 600,000 values take milliseconds. */
export function decodeHalf(buffer: ArrayBuffer, offset = 0, count?: number): Float32Array<ArrayBuffer> {
  if (!filled) {
    for (let bits = 0; bits < TABLE.length; bits++) TABLE[bits] = fromHalf(bits);
    filled = true;
  }
  const view = new DataView(buffer, offset);
  const result = new Float32Array(count ?? view.byteLength >> 1);
  for (let i = 0; i < result.length; i++) result[i] = TABLE[view.getUint16(2 * i, true)];
  return result;
}
