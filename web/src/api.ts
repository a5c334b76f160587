// Generated from the server's description by `python -m docs.generate`. Do not edit.

/** What the server answers, as `src/tapetum/server/schema.py` says. */

export interface Arithmetic {
  unit: NetworkUnit;
  operation: string;
  formula: string;
  parts: CardPart[];
  rest: Rest;
  constants: NamedNumber[];
  facts: NamedNumber[];
  function: string | null;
  sum: number;
  total: number;
  agrees: boolean;
  verdict: string;
  value: number;
  difference: number;
  relative: number;
}

export interface Attack {
  method: string;
  title: string;
  norm: "linf" | "l2";
  epsilon: number | null;
  target: MapTarget | null;
  before: ClassScore[];
  after: ClassScore[];
  fooled: boolean;
  survives: boolean;
  largest: number;
  length: number;
  sentences: string[];
  picture: string;
}

export interface Box {
  top: number;
  left: number;
  bottom: number;
  right: number;
}

export interface Card {
  unit: NetworkUnit;
  operation: string;
  formula: string;
  parts: CardPart[];
  rest: Rest;
  constants: NamedNumber[];
  facts: NamedNumber[];
  function: string | null;
  sum: number;
  total: number;
  agrees: boolean;
  verdict: string;
}

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

export interface Channel {
  layer: string;
  channel: number;
  title: string;
  rows: number | null;
  columns: number | null;
  least: number;
  largest: number;
  mean: number;
  peak: Peak;
  filter: ChannelFilter | null;
  weights: ClassWeights | null;
}

export interface ChannelFilter {
  layer: string;
  rows: number;
  columns: number;
  groups: number;
  colour: boolean;
  total: number;
  largest: number;
  channels: number[];
  kernels: number[][][];
}

export interface ClassScore {
  index: number;
  label: string;
  probability: number;
  logit: number;
}

export interface ClassWeight {
  index: number;
  label: string;
  weight: number;
}

export interface ClassWeights {
  strongest: ClassWeight[];
  weakest: ClassWeight[];
  predicted: ClassWeight[];
}

export interface Contributions {
  layer: string;
  target: MapTarget;
  score: number;
  contributions: number[];
}

export interface Crop {
  top: number;
  left: number;
  rows: number;
  columns: number;
}

export interface Evidence {
  target: MapTarget;
  score: number;
  root: EvidenceSplit;
}

export interface EvidenceSplit {
  how: "exact" | "gradient × value";
  layer: string;
  title: string;
  channels: number;
  value: number;
  explained: number;
  share: number;
  supporting: number;
  opposing: number;
  residual: number;
  kept: EvidenceUnit[];
}

export interface EvidenceUnit {
  unit: NetworkUnit;
  title: string;
  value: number;
  contribution: number;
  map: UnitMap;
  box: Box;
  window: Box;
  glow: Levels | null;
  cards: Card[];
  split: EvidenceSplit | null;
}

export interface Fault {
  error: FaultBody;
}

export interface FaultBody {
  kind: string;
  message: string;
  id: string;
}

export interface FieldOfPlaces {
  rows: [number, number][];
  columns: [number, number][];
  exact: boolean;
}

export interface HeldPicture {
  id: string;
  name: string;
  notes: string[];
  rows: number;
  columns: number;
}

export interface Histogram {
  edges: number[];
  counts: number[];
  pictures: number;
  values: number;
  here: number;
}

export interface LayerRow {
  name: string;
  kind: string;
  module: string;
  shape: number[];
  channels: number;
  rows: number | null;
  columns: number | null;
  parameters: number;
  multiply_adds: number;
  receptive_field: [number, number] | null;
  stride: [number, number] | null;
  exact: boolean;
  container: boolean;
  spatial: boolean;
  sheet: boolean;
  arithmetic: boolean;
}

export interface Levels {
  map_rows: number;
  map_columns: number;
  values: string;
}

export interface Map {
  id: string;
  method: string;
  title: string;
  target: MapTarget;
  layer: string | null;
  options: Record<string, string | number | boolean | null>;
  score: number;
  residual: number | null;
  signed: boolean;
  quantity: "evidence" | "sensitivity";
  rows: number;
  columns: number;
  box: Box | null;
  sentence: string;
  verdict: "map" | "zero" | "negative";
  passes: string;
  seconds: number;
  engine: string;
}

export interface MapTarget {
  label: string;
  indices: number[];
  kind: "class" | "difference" | "custom";
}

export interface MethodOption {
  name: string;
  kind: string;
  default: string | number | boolean | null;
  choices: string[];
}

export interface MethodRow {
  key: string;
  title: string;
  family: string;
  cost: string;
  signed: boolean;
  needs_layer: boolean;
  complete: boolean;
  reference: string;
  summary: string;
  quick: boolean;
  applies: boolean;
  why_not: string | null;
  options: MethodOption[];
}

export interface NamedNumber {
  name: string;
  value: number;
}

export interface NetworkCard {
  id: string;
  name: string;
  source: string;
  classes: number;
  parameters: number;
  input: [number, number, number];
  fingerprint: string;
  engine: string;
  device: string;
  precision: string;
  preparation: string;
  labels: string[];
  layers: LayerRow[];
  stages: StageName[];
  default_layer: string | null;
  pooled_layer: string | null;
  methods: MethodRow[];
}

export interface NetworkFacts {
  id: string;
  name: string;
  source: string;
  classes: number;
  parameters: number;
  input: [number, number, number];
  fingerprint: string;
  engine: string;
  device: string;
  precision: string;
  preparation: string;
}

export interface NetworkUnit {
  layer: string;
  channel: number;
  row: number | null;
  column: number | null;
}

export interface Networks {
  tapetum: string;
  networks: NetworkFacts[];
  samples: string[];
  upload_bytes: number;
}

export interface Peak {
  row: number | null;
  column: number | null;
  value: number;
}

export interface PixelBox {
  top: number;
  left: number;
  bottom: number;
  right: number;
}

export interface Prediction {
  classes: ClassScore[];
  engine: string;
  source_size: [number, number];
  crop: Crop;
}

export interface ReceptiveField {
  layer: string;
  row: number | null;
  column: number | null;
  channel: number | null;
  reach: PixelBox;
  box: PixelBox;
  clipped: boolean;
  exact: boolean;
  effective_box: PixelBox | null;
  sentences: string[];
}

export interface Rest {
  count: number;
  sum: number;
}

export interface Ribbon {
  stages: RibbonStage[];
}

export interface RibbonStage {
  layer: string;
  title: string;
  channels: number;
  rows: number;
  columns: number;
  receptive_field: [number, number];
  stride: [number, number];
  silent: number;
  channel: number;
  map_rows: number;
  map_columns: number;
  values: string;
  scale: number;
}

export interface Sheet {
  layer: string;
  title: string;
  module: string;
  kind: string;
  channels: number;
  rows: number | null;
  columns: number | null;
  receptive_field: [number, number] | null;
  stride: [number, number] | null;
  silent: number;
  zeros: number;
  largest: number;
  strongest: number;
  shown: number[];
  peaks: number[];
  scales: number[] | null;
  full: number;
  map_rows: number;
  map_columns: number;
  field: FieldOfPlaces | null;
  sprite: SheetSprite;
}

export interface SheetSprite {
  across: number;
  rows: number;
  columns: number;
  image: string;
}

export interface StageName {
  title: string;
  layer: string;
}

export interface UnitMap {
  map_rows: number;
  map_columns: number;
  values: string;
  rows: number;
  columns: number;
}
