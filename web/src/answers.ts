import type { ClassScore, MapTarget, NetworkFacts, ReportMap, ReportStage, ReportStep } from "./data";
import type { Card } from "./evidence";

/** What the server answers, key by key as Python writes it. */

export interface NetworkCard extends NetworkFacts {
  id: string;
}

export interface Networks {
  /** Version of tapetum. */
  tapetum: string;
  /** The first is the default. */
  networks: NetworkCard[];
  samples: string[];
  upload_bytes: number;
}

export interface LayerFacts {
  name: string;
  kind: string;
  module: string;
  channels: number;
  rows: number | null;
  columns: number | null;
  container: boolean;
  /** Whether its feature maps can be shown, and its numbers written out. */
  sheet: boolean;
  arithmetic: boolean;
}

export interface MethodFacts {
  key: string;
  title: string;
  family: string;
  cost: string;
  summary: string;
  /** Whether it answers at once. */
  quick: boolean;
  applies: boolean;
  why_not: string | null;
}

export interface NetworkWhole extends NetworkCard {
  labels: string[];
  /** In execution order. */
  layers: LayerFacts[];
  stages: { title: string; layer: string }[];
  default_layer: string | null;
  methods: MethodFacts[];
}

export interface HeldPicture {
  id: string;
  name: string;
  notes: string[];
  rows: number;
  columns: number;
}

export interface PredictionAnswer {
  classes: ClassScore[];
  engine: string;
}

export interface RibbonAnswer {
  stages: ReportStage[];
}

export type MapAnswer = Omit<ReportMap, "values" | "faithfulness">;

export interface SheetAnswer extends ReportStep {
  /** The true size of a map; the sprite may be thinned out. */
  map_rows: number;
  map_columns: number;
  /** What the place (i, j) can see of the network's input, in its pixels: rows[i] × columns[j], ends not included. */
  field: { rows: [number, number][]; columns: [number, number][]; exact: boolean } | null;
}

export interface ContributionsAnswer {
  layer: string;
  target: MapTarget;
  score: number;
  /** Gradient × value summed over places, by channel number. */
  contributions: number[];
}

export interface Weight {
  index: number;
  label: string;
  weight: number;
}

export interface ChannelAnswer {
  layer: string;
  channel: number;
  title: string;
  least: number;
  largest: number;
  mean: number;
  peak: { row: number | null; column: number | null; value: number };
  /** The strongest kernels of the convolution that makes the channel. */
  filter: {
    layer: string;
    /** Input channel of each kernel. */
    channels: number[];
    rows: number;
    columns: number;
    groups: number;
    /** Whether the three kernels read red, green and blue. */
    colour: boolean;
    largest: number;
    total: number;
    kernels: number[][][];
  } | null;
  weights: { strongest: Weight[]; weakest: Weight[]; predicted: Weight[] } | null;
}

/** The largest values of a channel over the sample pictures. */
export interface HistogramAnswer {
  edges: number[];
  counts: number[];
  pictures: number;
  values: number;
  here: number;
}

export interface ArithmeticAnswer extends Card {
  value: number;
  difference: number;
  relative: number;
}

export interface Frame {
  done: number;
  steps: number;
  score: number;
  picture: string;
}

export interface Visualisation {
  objective: string;
  score: number;
  picture: string;
  steps: number;
  seconds: number;
  warning: string | null;
}
