import { signedPixels, type Palette } from "./colour";
import { tilePixels } from "./sprite";
import type { Sprite } from "../data";

/** RGBA pixels of the tiles of one frame, where every frame has `count`, in signed colours. */
export function signedFrame(
  pixels: Uint8ClampedArray<ArrayBuffer>,
  sprite: Sprite,
  frame: number,
  count: number,
  scale: { largest: number; full: number },
  palette: Palette,
): Uint8ClampedArray<ArrayBuffer>[] {
  return frameTiles(pixels, sprite, frame, count).map((tile) => {
    const values = Float32Array.from(
      { length: tile.length / 4 },
      (_, i) => ((tile[4 * i] - 128) / 127) * scale.largest,
    );
    return signedPixels(values, scale.full, palette);
  });
}

/** RGBA pixels of the tiles of one frame, as they are. */
export function frameTiles(
  pixels: Uint8ClampedArray<ArrayBuffer>,
  sprite: Sprite,
  frame: number,
  count: number,
): Uint8ClampedArray<ArrayBuffer>[] {
  return Array.from({ length: count }, (_, place) => tilePixels(pixels, sprite, frame * count + place));
}

export interface Curve {
  name: string;
  values: (number | null)[];
}

export interface Chart {
  title: string;
  curves: Curve[];
}

const SET = /^(train|val|valid|validation|test)[_/]|[_/](train|val|valid|validation|test)$/;

/** Scores of one kind share a chart: `loss` and `val_loss`. */
export function charts(scores: Record<string, (number | null)[]>): Chart[] {
  const found = new Map<string, Curve[]>();
  for (const [name, values] of Object.entries(scores)) {
    const title = name.replace(SET, "") || name;
    found.set(title, [...(found.get(title) ?? []), { name, values }]);
  }
  return [...found].map(([title, curves]) => ({ title, curves }));
}

/** Lowest and highest value of some curves; zero belongs to them. */
export function heights(curves: readonly Curve[]): [low: number, high: number] {
  const values = curves.flatMap((curve) => curve.values.filter((value) => value !== null));
  const low = values.reduce((least, value) => Math.min(least, value), 0);
  const high = values.reduce((most, value) => Math.max(most, value), 0);
  return high > low ? [low, high] : [low, low + 1];
}

/** An SVG path through values at their moments, broken where there is none. */
export function line(
  moments: readonly number[],
  values: readonly (number | null)[],
  last: number,
  [low, high]: readonly [number, number],
  width: number,
  height: number,
): string {
  let open = false;
  return values
    .map((value, place) => {
      if (value === null) {
        open = false;
        return "";
      }
      const x = (moments[place] / Math.max(1, last)) * width;
      const y = height * (1 - (value - low) / (high - low));
      const step = `${open ? "L" : "M"}${x.toFixed(1)} ${y.toFixed(1)}`;
      open = true;
      return step;
    })
    .join("");
}

/** The value of a curve at a moment; null where none was recorded. */
export function at(moments: readonly number[], curve: Curve, moment: number): number | null {
  const place = moments.indexOf(moment);
  return place < 0 ? null : curve.values[place];
}

export interface FilmState {
  /** Place of the frame. */
  frame: number;
  probe: number;
}

/** The address's part after `#`: the moment that is shown and the probe, which is counted from 1. */
export function filmHash(state: FilmState, unit: string, frames: readonly number[]): string {
  const words = new URLSearchParams({ [unit]: String(frames[state.frame]) });
  if (state.probe > 0) words.set("probe", String(state.probe + 1));
  return words.toString();
}

/** Reads an address that anyone may have written; without a moment it is the last. */
export function fromFilmHash(hash: string, unit: string, frames: readonly number[], probes: number): FilmState {
  const words = new URLSearchParams(hash.replace(/^#/, ""));
  const whole = (text: string | null) => (text !== null && /^\d{1,9}$/.test(text) ? Number(text) : NaN);
  const frame = frames.indexOf(whole(words.get(unit)));
  const probe = whole(words.get("probe")) - 1;
  return { frame: frame < 0 ? frames.length - 1 : frame, probe: probe >= 0 && probe < probes ? probe : 0 };
}
