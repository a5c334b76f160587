interface Taps {
  first: number;
  weights: Float64Array;
}

/** Catmull-Rom, the cubic through its points (a = −1/2). */
function cubic(x: number): number {
  const d = Math.abs(x);
  if (d < 1) return (1.5 * d - 2.5) * d * d + 1;
  if (d < 2) return ((-0.5 * d + 2.5) * d - 4) * d + 2;
  return 0;
}

// Pillow's convention, so that the pictures Python writes look the same: half-pixel centres, the
// kernel widened when shrinking, taps beyond the edge left out and the rest made to sum to one.
function taps(from: number, to: number): Taps[] {
  const ratio = from / to;
  const stretch = Math.max(1, ratio);
  const support = 2 * stretch;
  return Array.from({ length: to }, (_, index) => {
    const centre = (index + 0.5) * ratio;
    const first = Math.max(0, Math.trunc(centre - support + 0.5));
    const end = Math.min(from, Math.trunc(centre + support + 0.5));
    const weights = new Float64Array(end - first);
    let sum = 0;
    for (let i = 0; i < weights.length; i++) {
      weights[i] = cubic((first + i - centre + 0.5) / stretch);
      sum += weights[i];
    }
    for (let i = 0; i < weights.length; i++) weights[i] /= sum;
    return { first, weights };
  });
}

/** A map at another size, smooth: rows × columns to toRows × toColumns. */
export function resample(
  values: Float32Array,
  rows: number,
  columns: number,
  toRows: number,
  toColumns: number,
): Float32Array {
  const across = taps(columns, toColumns);
  const wide = new Float32Array(rows * toColumns);
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < toColumns; c++) {
      const { first, weights } = across[c];
      let sum = 0;
      for (let i = 0; i < weights.length; i++) sum += weights[i] * values[r * columns + first + i];
      wide[r * toColumns + c] = sum;
    }
  }
  const down = taps(rows, toRows);
  const result = new Float32Array(toRows * toColumns);
  for (let r = 0; r < toRows; r++) {
    const { first, weights } = down[r];
    for (let i = 0; i < weights.length; i++) {
      const weight = weights[i];
      const source = (first + i) * toColumns;
      for (let c = 0; c < toColumns; c++) result[r * toColumns + c] += weight * wide[source + c];
    }
  }
  return result;
}
