import { EYE_SHINE } from "./colour";

/** What is left of the picture where there is no evidence. */
const DIM = 0.28;

/**
 * RGBA pixels of picture × (0.28 + 0.62 k) + positive × 0.30 k^1.5, mixed with the picture itself.
 *
 * k is the positive evidence over `scale`, clipped to 0..1. Both arrays cover the same pixels.
 */
export function overlayPixels(
  picture: Uint8ClampedArray,
  evidence: Float32Array,
  scale: number,
  opacity: number,
): Uint8ClampedArray<ArrayBuffer> {
  const pixels = new Uint8ClampedArray(picture.length);
  for (let i = 0; i < evidence.length; i++) {
    const k = scale > 0 ? Math.min(1, Math.max(0, evidence[i] / scale)) : 0;
    const kept = 1 - opacity + opacity * (DIM + 0.62 * k);
    const light = opacity * 0.3 * k ** 1.5;
    for (let c = 0; c < 3; c++) pixels[4 * i + c] = picture[4 * i + c] * kept + EYE_SHINE[c] * light;
    pixels[4 * i + 3] = 255;
  }
  return pixels;
}

/** The picture as the overlay shows it where k = 0: the ground for words about an empty map. */
export function dimmedPixels(picture: Uint8ClampedArray): Uint8ClampedArray<ArrayBuffer> {
  return overlayPixels(picture, new Float32Array(picture.length / 4), 1, 1);
}
