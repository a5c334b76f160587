import type { Sprite } from "./data";

/** The document inside a film's page, key by key as Python writes it. */

export interface FilmDocument {
  schema: "tapetum-film-page/1";
  /** Version of tapetum that wrote the page. */
  tapetum: string;
  model: string;
  unit: string;
  /** The moment of each frame; 0 is before training. */
  frames: number[];
  kernels: FilmKernels;
  /** What follows the first convolution, in execution order; empty for a film without probes. */
  layers: FilmLayer[];
  probes: { name: string; picture: Sprite }[];
  /** When scores were recorded. */
  moments: number[];
  scores: Record<string, (number | null)[]>;
  sentences: string[];
  table: { columns: string[]; rows: string[][] };
}

/** The first kernels; tiles are frame by frame, filter by filter. */
export interface FilmKernels {
  name: string;
  filters: number;
  shown: number;
  /** Whether tiles are small pictures in RGB; else signed maps. */
  colour: boolean;
  /** A level v of a tile stands for (v − 128) / 127 × this. */
  largest: number;
  /** The |weight| that has full colour in every frame. */
  full: number;
  /** Per frame and filter, its strongest correlation with an edge operator, and that one's angle in degrees. */
  likeness: number[][];
  angles: number[][];
  dead: number[];
  sprite: Sprite;
}

export interface FilmLayer {
  name: string;
  title: string;
  channels: number;
  shown: number;
  rows: number;
  columns: number;
  largest: number;
  full: number;
  /** One per probe; tiles are frame by frame, channel by channel. */
  sprites: Sprite[];
}
