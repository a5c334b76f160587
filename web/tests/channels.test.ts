import { expect, test } from "vitest";
import type { SheetAnswer } from "../src/answers";
import type { CardPart } from "../src/evidence";
import {
  endOf,
  fieldBox,
  handedOn,
  isSilent,
  layersOfStage,
  mapOf,
  moved,
  neighbour,
  placesOf,
  sorted,
  stageOf,
  strongest,
} from "../src/lib/channels";

/** Four channels of 1 × 2; channel 1 is nearly silent, channel 3 is zero. */
const answer: SheetAnswer = {
  layer: "conv1",
  title: "convolution",
  module: "Conv2d",
  kind: "conv2d",
  channels: 4,
  rows: 1,
  columns: 2,
  map_rows: 1,
  map_columns: 2,
  receptive_field: [3, 3],
  stride: [1, 1],
  silent: 0.5,
  zeros: 0.25,
  largest: 8,
  strongest: 2,
  shown: [2, 0, 1, 3],
  peaks: [8, 4, 0.05, 0],
  scales: [8, 4, 0.05, 0],
  full: 8,
  sprite: { across: 2, rows: 1, columns: 2, image: "" },
  field: {
    rows: [[-1, 2]],
    columns: [
      [-1, 2],
      [0, 3],
    ],
    exact: true,
  },
};

function part(change: Partial<CardPart>): CardPart {
  const one = { layer: "bn1", channel: 3, rows: [4], columns: [5], factors: [[2]], values: [[3]], products: [[6]] };
  return { ...one, padding: [[false]], subtotal: 6, factor_of: null, ...change };
}

test("the place of each channel's tile", () => {
  expect([...placesOf([2, 0, 1, 3])]).toEqual([1, 2, 0, 3]);
});

test("a channel is silent below one percent of the layer", () => {
  expect([0, 1, 2, 3].map((place) => isSilent(answer, place))).toEqual([false, false, true, true]);
  expect(isSilent({ ...answer, peaks: [0, 0, 0, 0], largest: 0 }, 0)).toBe(true);
});

test("a map is a view of the layer's values", () => {
  const values = Float32Array.of(0, 1, 2, 3, 4, 5, 6, 7);
  const sheet = { answer, values, pixels: new Uint8ClampedArray(0), places: placesOf(answer.shown) };
  expect([...mapOf(sheet, 2)]).toEqual([4, 5]);
});

test("channels in the order of activation, contribution or index", () => {
  const maps = { answer, values: new Float32Array(8) };
  expect(sorted(maps, "activation", null, true)).toEqual([2, 0, 1, 3]);
  expect(sorted(maps, "activation", [9, 0, 0, 0], false)).toEqual([2, 0]);
  expect(sorted(maps, "index", null, true)).toEqual([0, 1, 2, 3]);
  expect(sorted(maps, "contribution", [-1, 0.5, 0, 2], true)).toEqual([3, 1, 2, 0]);
  expect(sorted(maps, "contribution", [-1, 0.5, 0, 2], false)).toEqual([2, 0]);
  expect(sorted(maps, "contribution", null, true)).toEqual([2, 0, 1, 3]);
  expect(answer.shown).toEqual([2, 0, 1, 3]);
  const single = { answer: { ...answer, rows: null, columns: null }, values: Float32Array.of(4, -0.05, -8, 0) };
  expect(sorted(single, "activation", null, true)).toEqual([0, 3, 1, 2]);
});

test("what a place sees, cut at the picture's edges", () => {
  expect(fieldBox(answer.field!, [0, 0], [4, 8])).toEqual({ top: 0, bottom: 0.5, left: 0, right: 0.25 });
  expect(fieldBox(answer.field!, [0, 1], [2, 2])).toEqual({ top: 0, bottom: 1, left: 0, right: 1 });
});

/** A module stands before the layers inside of it. */
const layers = ["stem", "bn1", "blocks", "blocks.0", "blocks.0.a", "blocks.0/add", "blocks.1", "blocks.1.a", "fc"].map(
  (name) => ({ name, sheet: name !== "bn1", container: /^blocks(\.\d)?$/.test(name) }),
);
const stages = [{ layer: "stem" }, { layer: "blocks.0" }, { layer: "blocks.1" }];

test("a module ends with the last layer inside of it", () => {
  expect(["stem", "blocks.0", "blocks.1", "blocks", "block", null].map((name) => endOf(layers, name))).toEqual([
    0, 5, 7, 7, -1, -1,
  ]);
});

test("every layer belongs to the stage that it leads to", () => {
  expect(layersOfStage(layers, stages, 0).map((one) => one.name)).toEqual(["stem"]);
  expect(layersOfStage(layers, stages, 1).map((one) => one.name)).toEqual(
    layers.slice(1, 6).map((one) => one.name),
  );
  expect(layersOfStage(layers, stages, 2).map((one) => one.name)).toEqual(["blocks.1", "blocks.1.a"]);
  expect(layers.map((one) => stageOf(layers, stages, one.name))).toEqual([0, 1, 2, 1, 1, 1, 2, 2, -1]);
  expect(stageOf(layers, stages, "nowhere")).toBe(-1);
  expect(stageOf(layers, stages, null)).toBe(-1);
});

test("one goes to the next layer with maps, past modules that hold others", () => {
  expect(neighbour(layers, "stem", 1)).toBe("blocks.0.a");
  expect(neighbour(layers, "blocks.0", 1)).toBe("blocks.1.a");
  expect(neighbour(layers, "blocks.0", -1)).toBe("blocks.0/add");
  expect(neighbour(layers, "blocks.0/add", -1)).toBe("blocks.0.a");
  expect(neighbour(layers, "stem", -1)).toBeNull();
  expect(neighbour(layers, "fc", 1)).toBeNull();
  expect(neighbour(layers, null, 1)).toBeNull();
});

test("arrows move on the grid and stop at its edge", () => {
  expect(moved("ArrowRight", [0, 0], [2, 2])).toEqual([0, 1]);
  expect(moved("ArrowUp", [1, 1], [2, 2])).toEqual([0, 1]);
  expect(moved("ArrowDown", [1, 0], [2, 2])).toBeNull();
  expect(moved("ArrowLeft", [1, 0], [2, 2])).toBeNull();
  expect(moved("a", [0, 0], [2, 2])).toBeNull();
});

test("one goes on to the strongest product that is no padding", () => {
  const window = part({
    rows: [-1, 0],
    columns: [7, 8],
    products: [
      [99, 99],
      [-5, 4],
    ],
    padding: [
      [true, true],
      [false, false],
    ],
  });
  expect(strongest(window)).toEqual({ layer: "bn1", channel: 3, row: 0, column: 7 });
  expect(strongest(part({ products: null, padding: null }))).toMatchObject({ row: 4, column: 5 });
  expect(strongest(part({ rows: [], columns: [] }))).toMatchObject({ row: null, column: null });
});

test("a rectifier and an addition hand on, a sum does not", () => {
  const first = part({ layer: "bn1" });
  const second = part({ layer: "blocks.0.a" });
  expect(handedOn([first], 0, layers)).toBe(first);
  expect(handedOn([second, first], 0, layers)).toBe(second);
  expect(handedOn([first, second, first], 0, layers)).toBeNull();
  expect(handedOn([first], 5, layers)).toBeNull();
  expect(handedOn([], 0, layers)).toBeNull();
  expect(handedOn([part({ rows: [1, 2] })], 0, layers)).toBeNull();
  expect(handedOn([part({ factor_of: "se.gate" })], 0, layers)).toBeNull();
  expect(handedOn([part({ layer: "picture" })], 0, layers)).toBeNull();
});
