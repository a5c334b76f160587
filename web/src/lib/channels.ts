import type { SheetAnswer } from "../answers";
import type { Box } from "../data";
import type { CardPart, NetworkUnit } from "../evidence";
import type { Sort } from "./address";

/** A layer on one picture: what is known about it, its tiles to look at, and its numbers to read. */
export interface Sheet {
  answer: SheetAnswer;
  /** RGBA pixels of the sprite. */
  pixels: Uint8ClampedArray<ArrayBuffer>;
  /** Every value, channel by channel, row by row. */
  values: Float32Array<ArrayBuffer>;
  /** Place of each channel's tile. */
  places: Int32Array;
}

/** A channel whose largest |value| is below this share of the layer's is silent; as Python has it. */
const SILENT = 0.01;

export function placesOf(shown: readonly number[]): Int32Array {
  const places = new Int32Array(shown.length);
  shown.forEach((channel, place) => (places[channel] = place));
  return places;
}

export function isSilent(answer: SheetAnswer, place: number): boolean {
  return answer.peaks[place] === 0 || answer.peaks[place] < SILENT * answer.largest;
}

/** The map of one channel, without copying. */
export function mapOf({ answer, values }: Sheet, channel: number): Float32Array<ArrayBuffer> {
  const area = answer.map_rows * answer.map_columns;
  return values.subarray(channel * area, (channel + 1) * area);
}

/**
 * Channels in the order in which they are shown.
 *
 * By contribution: what speaks for the target first, what speaks against it last. Where the contributions are
 * not there yet, by activation: what varies most over the picture first; of single values, the largest.
 */
export function sorted(
  { answer, values }: Pick<Sheet, "answer" | "values">,
  sort: Sort,
  contributions: readonly number[] | null,
  withSilent: boolean,
): number[] {
  const kept = answer.shown.filter((_, place) => withSilent || !isSilent(answer, place));
  if (sort === "index") return kept.sort((a, b) => a - b);
  const by = sort === "contribution" && contributions ? contributions : answer.rows === null ? values : null;
  return by ? kept.sort((a, b) => by[b] - by[a] || a - b) : kept;
}

/** What a place of a layer can see, as fractions of the network's input. */
export function fieldBox(
  field: NonNullable<SheetAnswer["field"]>,
  [row, column]: readonly [row: number, column: number],
  [rows, columns]: readonly [rows: number, columns: number],
): Box {
  const cut = (value: number, size: number) => Math.min(1, Math.max(0, value / size));
  const [top, bottom] = field.rows[row];
  const [left, right] = field.columns[column];
  return { top: cut(top, rows), bottom: cut(bottom, rows), left: cut(left, columns), right: cut(right, columns) };
}

/**
 * Place of the last layer inside of one, or of itself; -1 where it is not there.
 *
 * Layers are in execution order by where they begin: a module comes before the layers inside of it, and its value
 * is that of the last of them.
 */
export function endOf(layers: readonly { name: string }[], layer: string | null | undefined): number {
  if (layer == null) return -1;
  return layers.findLastIndex(
    ({ name }) => name === layer || name.startsWith(`${layer}.`) || name.startsWith(`${layer}/`),
  );
}

/** The layers of one stage: those after the stage before, up to the end of its own. */
export function layersOfStage<L extends { name: string }>(
  layers: readonly L[],
  stages: readonly { layer: string }[],
  stage: number,
): L[] {
  return layers.slice(endOf(layers, stages[stage - 1]?.layer) + 1, endOf(layers, stages[stage].layer) + 1);
}

/** The stage that a layer belongs to; behind the last stage, and for a layer unknown, -1. */
export function stageOf(
  layers: readonly { name: string }[],
  stages: readonly { layer: string }[],
  layer: string | null,
): number {
  const place = endOf(layers, layer);
  return place < 0 ? -1 : stages.findIndex((stage) => endOf(layers, stage.layer) >= place);
}

/** The layer before or behind one, among those with feature maps; a module that holds others is only passed through. */
export function neighbour(
  layers: readonly { name: string; sheet: boolean; container: boolean }[],
  layer: string | null,
  by: -1 | 1,
): string | null {
  const here = layers.findIndex((one) => one.name === layer);
  if (here < 0) return null;
  const end = endOf(layers, layer);
  const before = layers.slice(0, end > here ? end + 1 : here).reverse();
  const way = by < 0 ? before : layers.slice(end + 1);
  return way.find((one) => one.sheet && !one.container)?.name ?? null;
}

/** The next place on a grid for an arrow key; null for other keys and beyond the edge. */
export function moved(
  key: string,
  [row, column]: readonly [row: number, column: number],
  [rows, columns]: readonly [rows: number, columns: number],
): [row: number, column: number] | null {
  const step = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[key];
  if (!step) return null;
  const next: [number, number] = [row + step[0], column + step[1]];
  return next[0] < 0 || next[1] < 0 || next[0] >= rows || next[1] >= columns ? null : next;
}

/** Where the largest product of a part comes from: one can go on there. */
export function strongest(part: CardPart): NetworkUnit {
  let [down, across, most] = [part.rows.length >> 1, part.columns.length >> 1, -1];
  part.products?.forEach((row, i) =>
    row.forEach((product, j) => {
      if (!part.padding?.[i][j] && Math.abs(product) > most) [down, across, most] = [i, j, Math.abs(product)];
    }),
  );
  return unitAt(part, down, across);
}

/** Where the value at a place of a part comes from. */
export function unitAt(part: CardPart, down: number, across: number): NetworkUnit {
  const whole = part.rows.length === 0;
  return {
    layer: part.layer,
    channel: part.channel,
    row: whole ? null : part.rows[down],
    column: whole ? null : part.columns[across],
  };
}

/**
 * The part that a card hands on almost as it is: a normalisation or a rectifier has one part of one value, an
 * addition two, of which the one computed last is followed. Null where a sum begins.
 */
export function handedOn(parts: readonly CardPart[], rest: number, layers: readonly { name: string }[]): CardPart | null {
  const single = parts.every((part) => part.rows.length <= 1 && part.columns.length <= 1 && part.factor_of === null);
  if (rest > 0 || parts.length === 0 || parts.length > 2 || !single) return null;
  const order = (part: CardPart) => layers.findIndex((layer) => layer.name === part.layer);
  const last = parts.reduce((a, b) => (order(b) > order(a) ? b : a));
  return order(last) < 0 ? null : last;
}
