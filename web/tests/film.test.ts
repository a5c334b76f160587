import { expect, test } from "vitest";
import { PALETTES } from "../src/lib/colour";
import { at, charts, filmHash, frameTiles, fromFilmHash, heights, line, signedFrame } from "../src/lib/film";

/** Two frames of two tiles of one pixel, three tiles in a row of the sprite. */
const sprite = { across: 3, rows: 1, columns: 1, image: "" };
const levels = [128, 255, 1, 128, 128, 128];
const pixels = new Uint8ClampedArray(levels.flatMap((level) => [level, level, level, 255]));

test("a frame is its own tiles, wherever they lie in the sprite", () => {
  const reds = [0, 1].map((frame) => frameTiles(pixels, sprite, frame, 2).map((tile) => tile[0]));
  expect(reds).toEqual([
    [128, 255],
    [1, 128],
  ]);
});

test("one scale in all frames: half of full colour is half of it", () => {
  const palette = PALETTES.dark;
  const scale = { largest: 2, full: 2 };
  const [zero, most] = signedFrame(pixels, sprite, 0, 2, scale, palette);
  expect([...zero.slice(0, 3)]).toEqual([...palette.zero]);
  expect([...most.slice(0, 3)]).toEqual([...palette.positive]);
  const [least] = signedFrame(pixels, sprite, 1, 2, scale, palette);
  expect([...least.slice(0, 3)]).toEqual([...palette.negative]);
  const [, weak] = signedFrame(pixels, sprite, 0, 2, { largest: 2, full: 1000 }, palette);
  expect(weak[0]).toBeLessThan(palette.zero[0] + 8);
});

test("scores of training and validation share a chart", () => {
  const found = charts({ loss: [1], val_loss: [2], "train/accuracy": [0.5], accuracy_val: [0.4], f1: [0.1] });
  expect(found.map(({ title, curves }) => [title, curves.map((curve) => curve.name)])).toEqual([
    ["loss", ["loss", "val_loss"]],
    ["accuracy", ["train/accuracy", "accuracy_val"]],
    ["f1", ["f1"]],
  ]);
});

test("curves lie at their moments and break where nothing was recorded", () => {
  expect(line([1, 2, 4], [0, null, 2], 4, [0, 2], 100, 10)).toBe("M25.0 10.0M100.0 0.0");
  expect(line([1, 2], [1, 2], 2, [0, 2], 100, 10)).toBe("M50.0 5.0L100.0 0.0");
  expect(heights([{ name: "a", values: [null, 3] }])).toEqual([0, 3]);
  expect(heights([])).toEqual([0, 1]);
  const curve = { name: "a", values: [null, 3] };
  expect([at([5, 6], curve, 6), at([5, 6], curve, 5), at([5, 6], curve, 0)]).toEqual([3, null, null]);
});

test("the address holds the moment and the probe, and nonsense is the last frame", () => {
  const frames = [0, 1, 4];
  expect(filmHash({ frame: 2, probe: 1 }, "epoch", frames)).toBe("epoch=4&probe=2");
  expect(fromFilmHash("#epoch=1&probe=2", "epoch", frames, 2)).toEqual({ frame: 1, probe: 1 });
  for (const hash of ["", "#epoch=3", "#epoch=-1&probe=9", "#epoch=1e1&probe=x"]) {
    expect(fromFilmHash(hash, "epoch", frames, 2)).toEqual({ frame: 2, probe: 0 });
  }
});
