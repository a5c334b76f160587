export interface Size {
  rows: number;
  columns: number;
}

/** Decodes a data URL; rejects when it holds no picture. */
export async function loadImage(url: string): Promise<HTMLImageElement> {
  const image = new Image();
  image.src = url;
  await image.decode();
  return image;
}

/** The picture's own size, or less so that no side exceeds `limit`. */
export function fitted(image: HTMLImageElement, limit: number): Size {
  const shrink = Math.min(1, limit / Math.max(image.naturalWidth, image.naturalHeight));
  return {
    rows: Math.max(1, Math.round(shrink * image.naturalHeight)),
    columns: Math.max(1, Math.round(shrink * image.naturalWidth)),
  };
}

const read = new WeakMap<HTMLImageElement, Map<string, Uint8ClampedArray<ArrayBuffer>>>();

/** RGBA pixels of a picture at a size, not to be written to: all tiles of one size share them. */
export function picturePixels(image: HTMLImageElement, size: Size): Uint8ClampedArray<ArrayBuffer> {
  const sizes = read.get(image) ?? new Map<string, Uint8ClampedArray<ArrayBuffer>>();
  read.set(image, sizes);
  const key = `${size.rows} × ${size.columns}`;
  const pixels = sizes.get(key) ?? readPixels(image, size);
  sizes.set(key, pixels);
  return pixels;
}

function readPixels(image: HTMLImageElement, size: Size): Uint8ClampedArray<ArrayBuffer> {
  const canvas = document.createElement("canvas");
  canvas.width = size.columns;
  canvas.height = size.rows;
  const context = canvas.getContext("2d", { willReadFrequently: true })!;
  context.imageSmoothingQuality = "high";
  context.drawImage(image, 0, 0, size.columns, size.rows);
  return context.getImageData(0, 0, size.columns, size.rows).data as Uint8ClampedArray<ArrayBuffer>;
}

/** Puts RGBA pixels on a canvas of exactly their size. */
export function paint(canvas: HTMLCanvasElement, pixels: Uint8ClampedArray<ArrayBuffer>, size: Size): void {
  canvas.width = size.columns;
  canvas.height = size.rows;
  canvas.getContext("2d")!.putImageData(new ImageData(pixels, size.columns, size.rows), 0, 0);
}
