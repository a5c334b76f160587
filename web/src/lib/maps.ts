import type { ReportMap } from "../data";
import { decodeFloat32 } from "./base64";

export interface MapValues {
  values: Float32Array<ArrayBuffer>;
  min: number;
  max: number;
}

/** What counts as full strength when a map is drawn, in the map's own units. */
export interface Scale {
  /** Of the overlay, which shows positive evidence only. */
  positive: number;
  /** Of the signed colours. */
  magnitude: number;
}

const decoded = new WeakMap<ReportMap, MapValues>();

/** A map's raw numbers, decoded once. */
export function mapValues(map: ReportMap): MapValues {
  let known = decoded.get(map);
  if (!known) {
    const values = decodeFloat32(map.values);
    let min = Infinity;
    let max = -Infinity;
    for (const value of values) {
      if (value < min) min = value;
      if (value > max) max = value;
    }
    known = { values, min, max };
    decoded.set(map, known);
  }
  return known;
}

/** The common scale of some maps; of one map, its own. */
export function commonScale(maps: ReportMap[]): Scale {
  let positive = 0;
  let magnitude = 0;
  for (const map of maps) {
    const { min, max } = mapValues(map);
    positive = Math.max(positive, max);
    magnitude = Math.max(magnitude, max, -min);
  }
  return { positive, magnitude };
}

/** Maps of one method have the same units; only they can share a scale. */
export function scaleOf(map: ReportMap, all: ReportMap[], sharing: "own" | "shared"): Scale {
  return commonScale(sharing === "own" ? [map] : all.filter((other) => other.method === map.method));
}
