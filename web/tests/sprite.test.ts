import { expect, test } from "vitest";
import type { ReportStep } from "../src/data";
import { balancedColumns, fullColour, layout, ordered, tileAt, tilePixels, tileValues } from "../src/lib/sprite";

const sprite = { across: 2, rows: 1, columns: 2, image: "" };
/** Levels of four tiles of 1 × 2, as RGBA pixels of a picture of 2 × 4. */
const levels = [128, 255, 1, 128, 0, 64, 200, 192];
const pixels = new Uint8ClampedArray(levels.flatMap((level) => [level, level, level, 255]));

const step: ReportStep = {
  layer: "conv1",
  title: "convolution",
  module: "Conv2d",
  kind: "conv2d",
  channels: 8,
  rows: 1,
  columns: 2,
  receptive_field: [3, 3],
  stride: [1, 1],
  silent: 0,
  zeros: 0,
  largest: 5,
  strongest: 6,
  shown: [6, 1, 4, 0],
  peaks: [5, 4, 2, 1],
  scales: [5, 4, 2, 1],
  full: 3,
  sprite,
};

test("columns as Python chooses them", () => {
  expect([512, 1000, 7, 64, 1280].map((count) => balancedColumns(count, 2))).toEqual([32, 40, 4, 8, 40]);
  expect([64, 1280, 97, 1].map((count) => balancedColumns(count, 4))).toEqual([16, 64, 14, 1]);
});

test("tiles are cut out of the sprite in reading order", () => {
  const reds = [0, 1, 2, 3].map((place) => [...tilePixels(pixels, sprite, place)].filter((_, i) => i % 4 === 0));
  expect(reds).toEqual([
    [128, 255],
    [1, 128],
    [0, 64],
    [200, 192],
  ]);
});

test("a level stands for its share of the tile's scale", () => {
  expect([...tileValues(pixels, step, 0)]).toEqual([0, 5]);
  expect([...tileValues(pixels, step, 1)]).toEqual([-4, 0]);
  expect(tileValues(pixels, { ...step, scales: null }, 1)[0]).toBe(-5);
});

test("full colour is the tile's own or the same for all", () => {
  expect(fullColour(step, 1, true)).toBe(4);
  expect(fullColour(step, 1, false)).toBe(3);
  expect(fullColour({ ...step, scales: null }, 1, true)).toBe(3);
});

test("the order is that of the document or of the channels", () => {
  expect(ordered(step, "strength")).toEqual([0, 1, 2, 3]);
  expect(ordered(step, "number")).toEqual([3, 1, 2, 0]);
});

test("a layout fits its width in whole pixels", () => {
  for (const width of [320, 800, 1100]) {
    for (const count of [1, 6, 64, 1280]) {
      for (const side of [1, 7, 14, 56]) {
        const found = layout(count, { across: 1, rows: side, columns: side, image: "" }, width);
        expect(found.width).toBeLessThanOrEqual(width);
        if (!found.smooth) expect(found.width).toBe(found.across * (side * found.factor + found.gap) - found.gap);
      }
    }
  }
});

test("the tile under a point", () => {
  expect(tileAt(0, 0, 5, 3)).toBe(0);
  expect(tileAt(0.99, 0.1, 5, 3)).toBe(2);
  expect(tileAt(0.5, 0.9, 5, 3)).toBe(4);
  expect(tileAt(0.99, 0.99, 5, 3)).toBe(-1);
  expect(tileAt(1, 1, 6, 3)).toBe(5);
});
