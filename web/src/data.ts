import type { ReportEvidence } from "./evidence";

/** The document inside a report, key by key as Python writes it. */

export interface ReportDocument {
  schema: "tapetum-report/1";
  /** Version of tapetum that wrote the report. */
  tapetum: string;
  /** ISO 8601, UTC. */
  created: string;
  /** Package name to version: torch, python, and what else took part. */
  versions: Record<string, string>;
  network: NetworkFacts;
  pictures: ReportPicture[];
}

export interface NetworkFacts {
  name: string;
  /** What `tapetum.load` was given. */
  source: string;
  classes: number;
  parameters: number;
  /** Channels, rows, columns of one prepared picture. */
  input: [number, number, number];
  fingerprint: string;
  engine: string;
  device: string;
  precision: string;
  /** How a picture is prepared, in words. */
  preparation: string;
}

export interface ReportPicture {
  name: string;
  notes: string[];
  /** Rows, columns of the file. */
  source_size: [number, number];
  /** The part of the file that the network sees, in the file's pixels. */
  crop: Crop;
  /** Data URL of exactly that part. */
  image: string;
  /** Strongest first; a one-logit network has two entries. */
  prediction: ClassScore[];
  maps: ReportMap[];
  /** In execution order. */
  stages: ReportStage[];
  /** Every step from the pixels to the verdict; null where it was not asked for. */
  journey: ReportJourney | null;
  /** One path per target; empty where none was asked for. */
  evidence: ReportEvidence[];
}

export interface Crop {
  top: number;
  left: number;
  rows: number;
  columns: number;
}

export interface ClassScore {
  index: number;
  label: string;
  /** 0 to 1. */
  probability: number;
  logit: number;
}

export interface MapTarget {
  label: string;
  /** One index for a class, two for a difference, none for a custom target. */
  indices: number[];
  kind: "class" | "difference" | "custom";
}

export type OptionValue = string | number | boolean | null;

export interface ReportMap {
  /** Unique within the picture. */
  id: string;
  /** Key of the registry. */
  method: string;
  title: string;
  target: MapTarget;
  layer: string | null;
  options: Record<string, OptionValue>;
  /** The target's value that the map explains, in logits. */
  score: number;
  /** Completeness residual, for methods that promise a sum. */
  residual: number | null;
  signed: boolean;
  quantity: "evidence" | "sensitivity";
  rows: number;
  columns: number;
  /** Row by row, raw: nothing normalised. Base64 of little-endian float32; on the live page the numbers themselves. */
  values: string | Float32Array<ArrayBuffer>;
  /** Smallest box with 80 % of the positive evidence. */
  box: Box | null;
  /** What the map says, without the target's name, which the page puts before it. */
  sentence: string;
  /** `zero` and `negative` maps hold no positive evidence and are never stretched. */
  verdict: "map" | "zero" | "negative";
  /** Cost, for example `1 F + 1 b`. */
  passes: string;
  seconds: number;
  engine: string;
  /** How the map fared on trial; null where none was asked for. */
  faithfulness: Faithfulness | null;
}

/** What became of the score while the picture was hidden, and shown, in the order of the map. */
export interface Faithfulness {
  /** What hiding shows, in one sentence. */
  hiding: string;
  /** What showing shows. */
  showing: string;
  /** Whether the curves are probabilities; else they are values of the reader's own function. */
  chance: boolean;
  map: Trial;
  /** Maps that know nothing of the network: `random`, `edges`, `centre`. */
  controls: Record<string, Trial>;
}

/** Curves at equal shares of the picture, from none to all. */
export interface Trial {
  deletion: number[];
  insertion: number[];
  /** The curves' mean heights. */
  deletion_area: number;
  insertion_area: number;
}

/** Edges as fractions of the region that the network sees. */
export interface Box {
  top: number;
  left: number;
  bottom: number;
  right: number;
}

export interface ReportStage {
  layer: string;
  title: string;
  channels: number;
  rows: number;
  columns: number;
  /** Rows, columns, in pixels of the network's input. */
  receptive_field: [number, number];
  stride: [number, number];
  /** Share of channels that are silent on this picture, 0 to 1. */
  silent: number;
  /** The channel whose values vary most over the picture; its map follows. */
  channel: number;
  map_rows: number;
  map_columns: number;
  /** Base64 of int8, row by row; a value v stands for v / 127 × scale. */
  values: string;
  scale: number;
}

/** Tiles of one size side by side in one PNG, `across` in a row. */
export interface Sprite {
  across: number;
  rows: number;
  columns: number;
  /** Data URL: grey of 8 bits for maps, where 128 is zero; RGB for kernels. */
  image: string;
}

export interface ReportJourney {
  /** Of the first convolution; null where the steps do not begin with it. */
  kernels: ReportKernels | null;
  steps: ReportStep[];
}

export interface ReportKernels {
  layer: string;
  filters: number;
  channels: number;
  rows: number;
  columns: number;
  groups: number;
  dead: number[];
  twins: { first: number; second: number; cosine: number }[];
  colour: boolean;
  /** What is odd about the filters, in sentences. */
  said: string[];
  sprite: Sprite;
}

/** One layer on the way; of a layer without rows and columns every map is one value. */
export interface ReportStep {
  layer: string;
  title: string;
  module: string;
  kind: string;
  channels: number;
  rows: number | null;
  columns: number | null;
  receptive_field: [number, number] | null;
  stride: [number, number] | null;
  /** Share of silent channels, and of values that are exactly zero. */
  silent: number;
  zeros: number;
  largest: number;
  strongest: number;
  /** The channel of each tile, the one that varies most first. */
  shown: number[];
  /** Largest |value| of each. */
  peaks: number[];
  /** A level v of a tile stands for (v − 128) / 127 × its scale; null where all have `largest`. */
  scales: number[] | null;
  /** The |value| that has full colour where all tiles share one scale. */
  full: number;
  sprite: Sprite;
}
