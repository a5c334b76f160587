import { expect, test } from "vitest";
import { heights, stepOf } from "../src/lib/histogram";
import { colourKernel } from "../src/lib/kernels";

test("heights are square roots of shares", () => {
  expect(heights([0, 1, 4])).toEqual([0, 0.5, 1]);
  expect(heights([0, 0])).toEqual([0, 0]);
});

test("a value lies in one step, those beyond the edges in the outer ones", () => {
  expect([-9, 0, 0.9, 1, 2, 9].map((value) => stepOf(value, [0, 1, 2]))).toEqual([0, 0, 0, 1, 1, 1]);
});

test("a filter in the colours it looks for, grey where it is zero", () => {
  const pixels = colourKernel([[[1, 0]], [[-1, 0]], [[0.5, 0]]], 1);
  expect([...pixels]).toEqual([255, 0, 191, 255, 128, 128, 128, 255]);
  expect([...colourKernel([[[0]], [[0]], [[0]]], 0)]).toEqual([128, 128, 128, 255]);
});
