import type { ReportStep, Sprite } from "../data";
import { signedPixels, type Palette } from "./colour";
import { loadImage, picturePixels } from "./image";

/** How a sheet is laid out: tiles in a row, pixels that one value is drawn with, pixels between tiles. */
export interface Layout {
  across: number;
  factor: number;
  gap: number;
  /** Width on the page. */
  width: number;
  /** Enlarged a little, maps are drawn smoothly; enlarged more, with their values as squares. */
  smooth: boolean;
}

export type Order = "strength" | "number";

const HOLE = 0.7;
const PIXELATED = 3;

/** The number of columns with the best balance of the sheet's shape and its empty places. */
export function balancedColumns(count: number, ratio: number): number {
  let best = 1;
  let least = Infinity;
  for (let across = 1; across <= count; across++) {
    const down = Math.ceil(count / across);
    const displeasure = Math.abs(Math.log(across / down / ratio)) + HOLE * (across * down - count);
    if (displeasure < least) [best, least] = [across, displeasure];
  }
  return best;
}

/** A layout that fits a width; single values lie side by side without gaps. */
export function layout(count: number, sprite: Sprite, width: number): Layout {
  const vector = sprite.rows * sprite.columns === 1;
  const across = balancedColumns(count, vector ? 2 : width > 600 ? 4 : 1.6);
  const gap = vector ? 0 : across > 24 ? 2 : 4;
  const side = Math.max(sprite.rows, sprite.columns);
  const room = Math.min(vector ? 12 : 104, Math.max(1, Math.floor((width + gap) / across - gap)));
  const factor = Math.max(1, Math.floor(room / side));
  const smooth = !vector && factor < PIXELATED;
  const wide = smooth ? (room * sprite.columns) / side : factor * sprite.columns;
  return { across, factor, gap, width: across * (wide + gap) - gap, smooth };
}

/** Places of the tiles in the order in which they are shown. */
export function ordered(step: ReportStep, order: Order): number[] {
  const places = step.shown.map((_, place) => place);
  return order === "number" ? places.sort((a, b) => step.shown[a] - step.shown[b]) : places;
}

/** RGBA pixels of a whole sprite. */
export async function spritePixels(sprite: Sprite): Promise<Uint8ClampedArray<ArrayBuffer>> {
  const image = await loadImage(sprite.image);
  return picturePixels(image, { rows: image.naturalHeight, columns: image.naturalWidth });
}

/** RGBA pixels of one tile of a sprite. */
export function tilePixels(
  pixels: Uint8ClampedArray<ArrayBuffer>,
  sprite: Sprite,
  place: number,
): Uint8ClampedArray<ArrayBuffer> {
  const { across, rows, columns } = sprite;
  const top = Math.floor(place / across) * rows;
  const left = (place % across) * columns;
  const result = new Uint8ClampedArray(4 * rows * columns);
  for (let row = 0; row < rows; row++) {
    const start = 4 * ((top + row) * across * columns + left);
    result.set(pixels.subarray(start, start + 4 * columns), 4 * row * columns);
  }
  return result;
}

/** The values of one tile of a step. */
export function tileValues(
  pixels: Uint8ClampedArray<ArrayBuffer>,
  step: ReportStep,
  place: number,
): Float32Array<ArrayBuffer> {
  const tile = tilePixels(pixels, step.sprite, place);
  const scale = step.scales?.[place] ?? step.largest;
  return Float32Array.from({ length: tile.length / 4 }, (_, i) => ((tile[4 * i] - 128) / 127) * scale);
}

/** The value that has full colour in one tile: its own largest, or the same for all. */
export function fullColour(step: ReportStep, place: number, own: boolean): number {
  return own && step.scales ? step.scales[place] : step.full;
}

/** Draws tiles on a canvas, in this order; what lies between them stays transparent. */
export function drawSheet(
  canvas: HTMLCanvasElement,
  tiles: Uint8ClampedArray<ArrayBuffer>[],
  sprite: Sprite,
  { across, factor, gap }: Layout,
): void {
  const [height, width] = [sprite.rows * factor, sprite.columns * factor];
  const down = Math.ceil(tiles.length / across);
  canvas.width = across * (width + gap) - gap;
  canvas.height = Math.max(1, down * (height + gap) - gap);
  const context = canvas.getContext("2d")!;
  const one = document.createElement("canvas");
  one.width = sprite.columns;
  one.height = sprite.rows;
  const inside = one.getContext("2d")!;
  context.imageSmoothingEnabled = false;
  tiles.forEach((tile, index) => {
    inside.putImageData(new ImageData(tile, sprite.columns, sprite.rows), 0, 0);
    const left = (index % across) * (width + gap);
    context.drawImage(one, left, Math.floor(index / across) * (height + gap), width, height);
  });
}

/** The tiles of a step in signed colours. */
export function signedTiles(
  pixels: Uint8ClampedArray<ArrayBuffer>,
  step: ReportStep,
  places: number[],
  own: boolean,
  palette: Palette,
): Uint8ClampedArray<ArrayBuffer>[] {
  return places.map((place) =>
    signedPixels(tileValues(pixels, step, place), fullColour(step, place, own), palette),
  );
}

/** Which tile lies under a point, given as fractions of the sheet; -1 beyond the last. */
export function tileAt(x: number, y: number, count: number, across: number): number {
  const down = Math.ceil(count / across);
  const column = Math.min(across - 1, Math.max(0, Math.floor(x * across)));
  const row = Math.min(down - 1, Math.max(0, Math.floor(y * down)));
  const index = row * across + column;
  return index < count ? index : -1;
}
