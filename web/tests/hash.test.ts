import { expect, test } from "vitest";
import { fromHash, START, toHash, type PageState } from "../src/lib/hash";

test("the start state needs no address", () => {
  expect(toHash(START)).toBe("");
  expect(fromHash("", 3)).toEqual(START);
  expect(fromHash("#", 3)).toEqual(START);
});

test("every part comes back", () => {
  const state: PageState = {
    picture: 2,
    map: "gradcam & <285>",
    view: "map",
    scale: "shared",
    opacity: 35,
    box: false,
    stage: "layer4.1/relu.2",
  };
  expect(fromHash(`#${toHash(state)}`, 3)).toEqual(state);
});

test("an address that makes no sense falls back to the start", () => {
  const odd = "#picture=9&view=x&scale=9&opacity=1e3&box=maybe";
  expect(fromHash(odd, 3)).toEqual(START);
  expect(fromHash("#picture=-1&opacity=", 3)).toEqual(START);
});
