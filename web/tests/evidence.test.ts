import { expect, test } from "vitest";
import type { EvidenceSplit, EvidenceUnit, ReportEvidence } from "../src/evidence";
import { cell, placeOf, restWords, rowsOf, splitWords } from "../src/lib/evidence";

const SMALL = { map_rows: 1, map_columns: 1, values: "AA==" };
const WHOLE = { top: 0, left: 0, bottom: 1, right: 1 };

function unit(title: string, channel: number, followed: boolean, split: EvidenceSplit | null = null): EvidenceUnit {
  return {
    unit: { layer: title, channel, row: 1, column: 2 },
    title,
    value: 2,
    contribution: 1.5,
    map: { ...SMALL, rows: 1, columns: 1 },
    box: WHOLE,
    window: WHOLE,
    glow: followed ? SMALL : null,
    cards: [],
    split,
  };
}

function split(title: string, kept: EvidenceUnit[], how: EvidenceSplit["how"] = "gradient × value"): EvidenceSplit {
  return {
    how,
    layer: title,
    title,
    channels: 64,
    value: 4,
    explained: 3,
    share: 0.75,
    supporting: 5,
    opposing: -1.5,
    residual: 0.5,
    kept,
  };
}

test("one row for each layer, one column for each branch; a branch that ends early leaves a gap", () => {
  const deep = unit("head", 7, true, split("block", [unit("block", 3, true), unit("block", 4, false)]));
  const path: ReportEvidence = {
    target: { label: "cat", indices: [0], kind: "class" },
    score: 4,
    root: split("head", [deep, unit("head", 9, true)], "exact"),
  };
  const rows = rowsOf(path);
  expect(rows.map((row) => row.map((step) => step?.unit.unit.channel ?? null))).toEqual([
    [7, 9],
    [3, null],
  ]);
  expect(rows[1][0]?.before.title).toBe("block");
});

test("a split in words", () => {
  const exact = split("head", [unit("head", 1, true)], "exact");
  expect(splitWords(exact)).toBe("1 of 64 channels of head give +3.00 of +4.00 (75 %, exactly).");
  expect(restWords(exact)).toBe("All for it +5.00, against it −1.50, bias +0.500.");
  expect(splitWords(split("stem", []))).toBe("Nothing in stem speaks for this value.");
});

test("places and small numbers", () => {
  expect(placeOf({ layer: "a", channel: 3, row: null, column: null })).toBe("channel 3");
  expect(placeOf({ layer: "a", channel: 3, row: 0, column: 5 })).toBe("channel 3 at 0,5");
  expect([0, 0.123, -1.5, 0.0001, -0.0001, 1234].map(cell)).toEqual(["0", "0.12", "−1.50", "0.00", "−0.00", "1,234"]);
});
