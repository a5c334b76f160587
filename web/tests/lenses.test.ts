import { expect, test } from "vitest";
import type { ReportMap } from "../src/data";
import { findMap, lensesOf, lensName, mapOfClass, targetKey, targetsOf } from "../src/lib/lenses";

function made(id: string, method: string, label: string, index: number, layer: string | null = null): ReportMap {
  const target = { label, indices: [index], kind: "class" };
  return { id, method, title: method, target, layer, options: {} } as unknown as ReportMap;
}

const camCat = made("1", "cam", "cat", 7);
const camDog = made("2", "cam", "dog", 8);
const earlyCat = made("3", "cam", "cat", 7, "early");
const gradientCat = made("4", "gradient", "cat", 7);
const maps = [camCat, camDog, earlyCat, gradientCat];
const lenses = lensesOf(maps);

test("a lens is a method at a layer; its targets stand in order", () => {
  expect(lenses.map((lens) => [...lens.maps.values()])).toEqual([[camCat, camDog], [earlyCat], [gradientCat]]);
  expect(targetsOf(maps).map((target) => target.label)).toEqual(["cat", "dog"]);
});

test("only lenses of the same name need their detail", () => {
  expect(lenses.map((lens) => lensName(lens, lenses))).toEqual(["cam", "cam · early", "gradient"]);
});

test("two maps that only their id tells apart are both kept", () => {
  expect(lensesOf([camCat, { ...camCat, id: "5" }]).length).toBe(2);
});

test("where a lens lacks the target, the kept wish decides", () => {
  const gradient = lenses[2].key;
  expect(findMap(lenses, gradient, targetKey(camDog), "target")).toBe(camDog);
  expect(findMap(lenses, gradient, targetKey(camDog), "lens")).toBe(gradientCat);
  expect(findMap(lenses, lenses[0].key, targetKey(camDog), "lens")).toBe(camDog);
});

test("a class finds its map, with the present lens first", () => {
  expect(mapOfClass(lenses, lenses[2].key, 7)).toBe(gradientCat);
  expect(mapOfClass(lenses, lenses[2].key, 8)).toBe(camDog);
  expect(mapOfClass(lenses, undefined, 9)).toBeUndefined();
});
