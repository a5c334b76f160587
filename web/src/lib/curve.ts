import type { Faithfulness } from "../data";

export type Kind = "deletion" | "insertion";

/** Lowest and highest of all curves of some trials: zero belongs to them, so that heights compare. */
export function range(trials: readonly Faithfulness[]): [low: number, high: number] {
  const values = trials.flatMap((one) =>
    [one.map, ...Object.values(one.controls)].flatMap((trial) => [...trial.deletion, ...trial.insertion]),
  );
  const low = Math.min(0, ...values);
  const high = Math.max(0, ...values);
  return high > low ? [low, high] : [low, low + 1];
}

/** An SVG path through values at equal distances; `high` lies at the top. */
export function path(
  values: readonly number[],
  [low, high]: readonly [number, number],
  width: number,
  height: number,
): string {
  const last = Math.max(1, values.length - 1);
  return values
    .map((value, place) => {
      const x = (place / last) * width;
      const y = height * (1 - (value - low) / (high - low));
      return `${place === 0 ? "M" : "L"}${x.toFixed(1)} ${y.toFixed(1)}`;
    })
    .join("");
}
