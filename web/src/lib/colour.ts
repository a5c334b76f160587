export type Rgb = readonly [red: number, green: number, blue: number];

export interface Palette {
  /** Where a signed map is zero: the page's own ground, so that zero disappears into it. */
  zero: Rgb;
  positive: Rgb;
  negative: Rgb;
}

export const PALETTES: Record<"dark" | "light", Palette> = {
  dark: { zero: [0x0d, 0x12, 0x1a], positive: [0xd6, 0xf5, 0x5e], negative: [0x38, 0xd6, 0xc6] },
  light: { zero: [0xfc, 0xfc, 0xf9], positive: [0x6b, 0x82, 0x00], negative: [0x00, 0x74, 0x86] },
};

/** Overlays light up in the eye-shine colour in both themes: they lie on a photograph, not on paper. */
export const EYE_SHINE: Rgb = PALETTES.dark.positive;

/** RGBA pixels of a signed map; |value| ≥ scale has the full colour of its sign. */
export function signedPixels(
  values: ArrayLike<number>,
  scale: number,
  palette: Palette,
): Uint8ClampedArray<ArrayBuffer> {
  const pixels = new Uint8ClampedArray(4 * values.length);
  const { zero, positive, negative } = palette;
  for (let i = 0; i < values.length; i++) {
    const share = scale > 0 ? Math.min(1, Math.abs(values[i]) / scale) ** 0.8 : 0;
    const end = values[i] < 0 ? negative : positive;
    for (let c = 0; c < 3; c++) pixels[4 * i + c] = zero[c] + share * (end[c] - zero[c]);
    pixels[4 * i + 3] = 255;
  }
  return pixels;
}
