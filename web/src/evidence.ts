import type { Box, MapTarget } from "./data";

/** The way back from one verdict to patches of the picture. */
export interface ReportEvidence {
  target: MapTarget;
  score: number;
  root: EvidenceSplit;
}

/** A value as contributions of the channels of an earlier layer. */
export interface EvidenceSplit {
  how: "exact" | "gradient × value";
  layer: string;
  title: string;
  channels: number;
  value: number;
  /** What the kept channels sum to, and that as a share of the value. */
  explained: number;
  share: number;
  supporting: number;
  opposing: number;
  /** Biases and, in an approximation, what it misses. */
  residual: number;
  kept: EvidenceUnit[];
}

export interface NetworkUnit {
  layer: string;
  channel: number;
  row: number | null;
  column: number | null;
}

/** Base64 of int8, row by row, of the largest size; thinned out where the map is large. */
export interface SmallMap {
  map_rows: number;
  map_columns: number;
  values: string;
}

export interface EvidenceUnit {
  unit: NetworkUnit;
  title: string;
  value: number;
  /** Of the whole channel to the value before. */
  contribution: number;
  /** The channel's values on the picture, and the layer's own size. */
  map: SmallMap & { rows: number; columns: number };
  /** What the unit can see, and the part of the picture to show it in. */
  box: Box;
  window: Box;
  /** How much each place inside `window` moves the unit; null where the path does not go on. */
  glow: SmallMap | null;
  /** The unit written out, operation by operation. */
  cards: Card[];
  split: EvidenceSplit | null;
}

/** One number of the network written out. */
export interface Card {
  unit: NetworkUnit;
  operation: string;
  formula: string;
  /** The strongest; `rest` holds the others. */
  parts: CardPart[];
  rest: { count: number; sum: number };
  constants: { name: string; value: number }[];
  facts: { name: string; value: number }[];
  /** Applied to the sum; null where the sum is the value. */
  function: string | null;
  sum: number;
  total: number;
  /** Whether the total is the network's own value. */
  agrees: boolean;
  verdict: string;
}

/** What one channel contributes: factors × values, where they are few enough to be written out. */
export interface CardPart {
  layer: string;
  channel: number;
  rows: number[];
  columns: number[];
  factors: number[][] | null;
  values: number[][] | null;
  products: number[][] | null;
  padding: boolean[][] | null;
  subtotal: number;
  factor_of: string | null;
}
