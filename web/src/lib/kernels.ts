/** RGBA pixels of a filter that reads red, green and blue: grey is zero, full strength at `largest`. */
export function colourKernel(kernels: readonly number[][][], largest: number): Uint8ClampedArray<ArrayBuffer> {
  const [red, green, blue] = kernels.map((kernel) => kernel.flat());
  const level = (value: number) => Math.round(127.5 + 127.5 * (largest > 0 ? value / largest : 0));
  const pixels = new Uint8ClampedArray(4 * red.length);
  for (let i = 0; i < red.length; i++) {
    pixels.set([level(red[i]), level(green[i]), level(blue[i]), 255], 4 * i);
  }
  return pixels;
}
