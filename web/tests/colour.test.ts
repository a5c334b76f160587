import { describe, expect, test } from "vitest";
import { PALETTES, signedPixels } from "../src/lib/colour";

const { dark, light } = PALETTES;

describe("signed colours", () => {
  test("zero is the ground, full strength the colour of the sign", () => {
    expect([...signedPixels([0, 2, -2], 2, dark)]).toEqual([
      0x0d, 0x12, 0x1a, 255, 0xd6, 0xf5, 0x5e, 255, 0x38, 0xd6, 0xc6, 255,
    ]);
    expect([...signedPixels([0], 1, light)]).toEqual([0xfc, 0xfc, 0xf9, 255]);
  });

  test("half strength lies at 0.5^0.8 = 0.5743 of the way", () => {
    // 13 + 0.5743 × 201 = 128.4, 18 + 0.5743 × 227 = 148.4, 26 + 0.5743 × 68 = 65.1
    expect([...signedPixels([1], 2, dark)]).toEqual([128, 148, 65, 255]);
  });

  test("what exceeds the scale stays at full colour; without a scale all is ground", () => {
    expect([...signedPixels([9], 2, dark)]).toEqual([0xd6, 0xf5, 0x5e, 255]);
    expect([...signedPixels([9], 0, dark)]).toEqual([0x0d, 0x12, 0x1a, 255]);
  });
});
