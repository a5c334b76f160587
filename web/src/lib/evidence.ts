import type { EvidenceSplit, EvidenceUnit, NetworkUnit, ReportEvidence } from "../evidence";
import { number, signed, wholePercent } from "./format";

/** A kept unit with the split that kept it. */
export interface Step {
  unit: EvidenceUnit;
  before: EvidenceSplit;
}

/** For each layer, from the verdict down, the units that the path goes through, in the order of the branches. */
export function rowsOf(path: ReportEvidence): (Step | null)[][] {
  const rows: (Step | null)[][] = [];
  path.root.kept.forEach((first, branch) => {
    let step: Step | null = { unit: first, before: path.root };
    for (let depth = 0; step; depth++) {
      rows[depth] ??= path.root.kept.map(() => null);
      rows[depth][branch] = step;
      const split: EvidenceSplit | null = step.unit.split;
      const next: EvidenceUnit | undefined = split?.kept.find((unit) => unit.glow);
      step = split && next ? { unit: next, before: split } : null;
    }
  });
  return rows;
}

/** How much of a value the kept channels explain, and how that is known. */
export function splitWords(split: EvidenceSplit): string {
  if (split.kept.length === 0) return `Nothing in ${split.title} speaks for this value.`;
  const how = split.how === "exact" ? "exactly" : "by gradient × value";
  return (
    `${split.kept.length} of ${split.channels} channels of ${split.title} give ${signed(split.explained)} of ` +
    `${signed(split.value)} (${wholePercent(split.share)}, ${how}).`
  );
}

/** What else there is besides the kept channels. */
export function restWords(split: EvidenceSplit): string {
  return (
    `All for it ${signed(split.supporting)}, against it ${signed(split.opposing)}, ` +
    `${split.how === "exact" ? "bias" : "biases and remainder"} ${signed(split.residual)}.`
  );
}

/** `channel 3 at 4,5` */
export function placeOf(unit: NetworkUnit): string {
  return unit.row === null ? `channel ${unit.channel}` : `channel ${unit.channel} at ${unit.row},${unit.column}`;
}

/** A product's number, short enough for a small cell. */
export function cell(value: number): string {
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (size >= 0.005 && size < 100) return value.toFixed(2).replace("-", "−");
  return size < 0.005 ? (value < 0 ? "−0.00" : "0.00") : number(value);
}
