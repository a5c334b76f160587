import { expect, test } from "vitest";
import type { ReportMap } from "../src/data";
import { mapValues, scaleOf } from "../src/lib/maps";

function made(id: string, method: string, values: number[]): ReportMap {
  const bytes = new Uint8Array(new Float32Array(values).buffer);
  return {
    id,
    method,
    title: method,
    target: { label: "cat", indices: [1], kind: "class" },
    layer: null,
    options: {},
    score: 1,
    residual: null,
    signed: true,
    quantity: "evidence",
    rows: 1,
    columns: values.length,
    values: btoa(String.fromCharCode(...bytes)),
    box: null,
    sentence: "",
    verdict: "map",
    passes: "1 F",
    seconds: 0,
    engine: "torch",
    faithfulness: null,
  };
}

const weak = made("a", "gradcam", [0.5, -3, 1]);
const strong = made("b", "gradcam", [4, 0, 0]);
const other = made("c", "occlusion", [90]);
const all = [weak, strong, other];

test("a map's range is its own", () => {
  expect(mapValues(weak)).toMatchObject({ min: -3, max: 1 });
});

test("own and shared scales, shared only within a method", () => {
  expect(scaleOf(weak, all, "own")).toEqual({ positive: 1, magnitude: 3 });
  expect(scaleOf(weak, all, "shared")).toEqual({ positive: 4, magnitude: 4 });
  expect(scaleOf(other, all, "shared")).toEqual({ positive: 90, magnitude: 90 });
});

test("among many values the few strongest do not set the scale", () => {
  const fine = made("d", "saliency", [...Array.from({ length: 999 }, (_, i) => (i + 1) / 999), 1000]);
  expect(scaleOf(fine, [fine], "own").positive).toBeCloseTo(980 / 999, 6);
});
