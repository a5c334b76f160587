import { expect, test } from "vitest";
import { resample } from "../src/lib/resample";

test("the same size gives the same values", () => {
  const values = new Float32Array([1, -2, 3, 4, 5, -6]);
  expect([...resample(values, 2, 3, 2, 3)]).toEqual([...values]);
});

test("a constant stays constant at any size", () => {
  for (const value of resample(new Float32Array(12).fill(2.5), 3, 4, 17, 9)) expect(value).toBeCloseTo(2.5, 6);
});

test("two values to four, by hand", () => {
  // Centres at 0.25, 0.75, 1.25, 1.75 of the source; the kernel at distances 0.25 and 1.25 is
  // 0.8671875 and -0.0703125, at 0.25 and 0.75 0.8671875 and 0.2265625, each pair made to sum to one.
  const near = 0.8671875 / (0.8671875 - 0.0703125);
  const middle = 0.8671875 / (0.8671875 + 0.2265625);
  const expected = [1 - near, 1 - middle, middle, near];
  [...resample(new Float32Array([0, 1]), 1, 2, 1, 4)].forEach((value, i) => expect(value).toBeCloseTo(expected[i], 6));
});

test("rows and columns are not confused", () => {
  const down = resample(new Float32Array([0, 1]), 2, 1, 4, 1);
  expect([...down]).toEqual([...resample(new Float32Array([0, 1]), 1, 2, 1, 4)]);
});
