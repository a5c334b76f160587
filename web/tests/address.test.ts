import { expect, test } from "vitest";
import { BEGINNING, depthOf, fromAddress, isStep, outwards, toAddress, type Address } from "../src/lib/address";

const deep: Address = {
  model: "timm:resnet18 & <b>",
  picture: "p-1",
  aim: { index: 285, against: 282 },
  lens: "integrated-gradients",
  beside: "lrp",
  view: "map",
  opacity: 35,
  box: false,
  layer: "layer4.1/relu.2",
  channel: 56,
  row: 6,
  column: 0,
  sort: "index",
  silent: false,
  scale: BEGINNING.scale === "tile" ? "layer" : "tile",
};

test("the beginning needs no address", () => {
  expect(toAddress(BEGINNING)).toBe("");
  expect(fromAddress("")).toEqual(BEGINNING);
  expect(fromAddress("#")).toEqual(BEGINNING);
});

test("every part comes back", () => {
  expect(fromAddress(`#${toAddress(deep)}`)).toEqual(deep);
  const plain = { ...deep, aim: { index: 7, against: null } };
  expect(fromAddress(toAddress(plain))).toEqual(plain);
});

test("an address that makes no sense falls back to the beginning", () => {
  const odd =
    "#target=285-&view=x&opacity=101&box=maybe&layer=&channel=4&at=1,2&sort=up&silent=1&scale=9&lens=&beside=&model=&picture=";
  expect(fromAddress(odd)).toEqual(BEGINNING);
  for (const target of ["x", "-3", "1-1", "1-2-3", "1e3", "12345678"]) {
    expect(fromAddress(`target=${target}`).aim).toBeNull();
  }
  for (const at of ["1", "1,2,3", "-1,0", "a,b", ""]) {
    expect(fromAddress(`layer=x&channel=1&at=${at}`)).toMatchObject({ channel: 1, row: null, column: null });
  }
});

test("outwards goes from the pixel to the picture, one level at a time", () => {
  const way = [deep];
  while (depthOf(way[way.length - 1]) !== "picture") way.push(outwards(way[way.length - 1]));
  expect(way.map(depthOf)).toEqual(["pixel", "channel", "layer", "picture"]);
  expect(way[3]).toEqual({ ...deep, layer: null, channel: null, row: null, column: null });
});

test("only a change of place is a step back", () => {
  expect(isStep(deep, { ...deep, opacity: 50, view: "picture", sort: "activation" })).toBe(false);
  expect(isStep(deep, { ...deep, row: 5 })).toBe(true);
  expect(isStep(deep, outwards(deep))).toBe(true);
});
