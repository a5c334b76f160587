import { expect, test } from "vitest";
import { dimmedPixels, overlayPixels } from "../src/lib/overlay";

const grey = new Uint8ClampedArray([100, 100, 100, 255]);

test.each([
  // 100 × 0.28
  [0, 1, [28, 28, 28]],
  // 100 × 0.90 + 0.30 × (214, 245, 94)
  [1, 1, [154.2, 163.5, 118.2]],
  // 100 × (0.28 + 0.62 × 0.25) + 0.30 × 0.25^1.5 × (214, 245, 94)
  [0.25, 1, [51.525, 52.6875, 47.025]],
  // half way between picture and overlay
  [0.25, 0.5, [75.7625, 76.34375, 73.5125]],
  [1, 0, [100, 100, 100]],
  // evidence against lights nothing
  [-3, 1, [28, 28, 28]],
  // beyond the scale
  [7, 1, [154.2, 163.5, 118.2]],
])("evidence %d at opacity %d", (evidence, opacity, expected) => {
  const pixels = overlayPixels(grey, new Float32Array([evidence]), 1, opacity);
  expected.forEach((value, channel) => expect(Math.abs(pixels[channel] - value)).toBeLessThanOrEqual(0.5));
  expect(pixels[3]).toBe(255);
});

test("the scale is the evidence that counts as 1", () => {
  const strong = overlayPixels(grey, new Float32Array([4]), 16, 1);
  expect([...strong]).toEqual([...overlayPixels(grey, new Float32Array([0.25]), 1, 1)]);
  expect([...overlayPixels(grey, new Float32Array([4]), 0, 1)]).toEqual([28, 28, 28, 255]);
});

test("a map without evidence only dims", () => {
  expect([...dimmedPixels(grey)]).toEqual([28, 28, 28, 255]);
});
