import { expect, test } from "vitest";
import type { Faithfulness } from "../src/data";
import { path, range } from "../src/lib/curve";

function trial(deletion: number[], insertion: number[]): Faithfulness {
  const curves = { deletion, insertion, deletion_area: 0, insertion_area: 0 };
  return { hiding: "", showing: "", chance: true, map: curves, controls: { random: curves } };
}

test("a path runs from the left edge to the right, its highest value at the top", () => {
  expect(path([1, 0.5, 0], [0, 1], 100, 40)).toBe("M0.0 0.0L50.0 20.0L100.0 40.0");
});

test("values below zero lie below the line of zero", () => {
  expect(path([-1, 1], [-1, 1], 10, 10)).toBe("M0.0 10.0L10.0 0.0");
});

test("a single value does not divide by zero", () => {
  expect(path([0.5], [0, 1], 10, 10)).toBe("M0.0 5.0");
});

test("the range holds every curve and zero", () => {
  expect(range([trial([0.8, 0.1], [0.2, 0.9])])).toEqual([0, 0.9]);
  expect(range([trial([-2, -1], [-3, -1])])).toEqual([-3, 0]);
});

test("curves that are zero everywhere still have a height", () => {
  expect(range([trial([0, 0], [0, 0])])).toEqual([0, 1]);
  expect(range([])).toEqual([0, 1]);
});
