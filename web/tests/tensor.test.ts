import { expect, test } from "vitest";
import { decodeHalf, fromHalf } from "../src/lib/half";
import { readTensor } from "../src/lib/tensor";
import recorded from "./recorded/stem.json";

/** A tensor as the server writes it. */
function written(sizes: number[], halves: number[], scale = 1, type = 1): ArrayBuffer {
  const buffer = new ArrayBuffer(12 + 4 * sizes.length + 2 * halves.length);
  const view = new DataView(buffer);
  [..."TPT1"].forEach((sign, i) => view.setUint8(i, sign.charCodeAt(0)));
  view.setUint8(4, type);
  view.setUint8(5, sizes.length);
  view.setFloat32(8, scale, true);
  sizes.forEach((size, i) => view.setUint32(12 + 4 * i, size, true));
  halves.forEach((half, i) => view.setUint16(12 + 4 * sizes.length + 2 * i, half, true));
  return buffer;
}

test("16 bits are the number that IEEE 754 says", () => {
  const pairs: [number, number][] = [
    [0x0000, 0],
    [0x3c00, 1],
    [0xc000, -2],
    [0x7bff, 65504],
    [0x0001, 2 ** -24],
    [0x03ff, 1023 * 2 ** -24],
    [0x0400, 2 ** -14],
    [0x3555, 0.333251953125],
    [0xfc00, -Infinity],
  ];
  for (const [bits, value] of pairs) expect(fromHalf(bits)).toBe(value);
  expect(fromHalf(0x7e00)).toBeNaN();
  const raw = Uint8Array.of(9, 9, 0x00, 0x3c, 0x00, 0xc0);
  expect([...decodeHalf(raw.buffer, 2, 2)]).toEqual([1, -2]);
});

test("a tensor is its sizes and its values times the scale", () => {
  const found = readTensor(written([1, 2, 2], [0x3c00, 0xc000, 0, 0x3800], 4));
  expect(found.sizes).toEqual([1, 2, 2]);
  expect([...found.values]).toEqual([4, -8, 0, 2]);
  expect(readTensor(written([], [0x3c00])).values).toHaveLength(1);
});

test("anything else is refused", () => {
  expect(() => readTensor(new ArrayBuffer(3))).toThrow("no tensor");
  expect(() => readTensor(new ArrayBuffer(40))).toThrow("no tensor");
  expect(() => readTensor(written([2], [0, 0], 1, 2))).toThrow("16-bit");
  expect(() => readTensor(written([3], [0, 0]))).toThrow("length");
});

// `recorded/stem.json`: four channels of lite0's first convolution on the sample cat at 32 pixels, by numpy.
test("a layer that the library computed reads as numpy wrote it", () => {
  const raw = Uint8Array.from(atob(recorded.tensor), (sign) => sign.charCodeAt(0));
  const { sizes, values } = readTensor(raw.buffer);
  expect(sizes).toEqual(recorded.sizes);
  expect(recorded.places.length).toBeGreaterThan(10);
  for (const [place, value] of recorded.places) {
    expect(Math.abs(values[place] - value)).toBeLessThanOrEqual(2 ** -11 * Math.max(Math.abs(value), 2 ** -13));
  }
  expect(Math.max(...values.map(Math.abs))).toBeCloseTo(recorded.largest, 1);
});
