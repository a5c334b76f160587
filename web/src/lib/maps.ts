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
const scales = new WeakMap<ReportMap, Scale>();

/** A map's raw numbers, decoded once. */
export function mapValues(map: ReportMap): MapValues {
  let known = decoded.get(map);
  if (!known) {
    const values = typeof map.values === "string" ? decodeFloat32(map.values) : map.values;
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

// Maps as fine as the picture have a few values far above the rest; full strength starts at this
// share of the values, so that they do not darken all others. On coarse maps it is the maximum.
const FULL = 0.98;

function quantile(values: Float32Array): number {
  return values.length === 0 ? 0 : values.sort()[Math.ceil(FULL * values.length) - 1];
}

/** A map's own scale: of its positive values, and of the sizes of those that are not zero. */
function ownScale(map: ReportMap): Scale {
  let known = scales.get(map);
  if (!known) {
    const { values } = mapValues(map);
    known = {
      positive: quantile(values.filter((value) => value > 0)),
      magnitude: quantile(values.filter((value) => value !== 0).map(Math.abs)),
    };
    scales.set(map, known);
  }
  return known;
}

/** The common scale of some maps; of one map, its own. */
export function commonScale(maps: ReportMap[]): Scale {
  let positive = 0;
  let magnitude = 0;
  for (const map of maps) {
    const own = ownScale(map);
    positive = Math.max(positive, own.positive);
    magnitude = Math.max(magnitude, own.magnitude);
  }
  return { positive, magnitude };
}

/** Maps of one method have the same units; only they can share a scale. */
export function scaleOf(map: ReportMap, all: ReportMap[], sharing: "own" | "shared"): Scale {
  return commonScale(sharing === "own" ? [map] : all.filter((other) => other.method === map.method));
}
