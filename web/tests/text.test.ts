import { expect, test } from "vitest";
import { parseDocument, revealed } from "../src/lib/document";
import { centredField } from "../src/lib/field";
import { area, duration, millions, moment, number, percent, signed } from "../src/lib/format";

test("hidden characters are written out, letters of any script stay", () => {
  expect(revealed("cat\u202egpj.exe")).toBe("cat‹U+202E›gpj.exe");
  expect(revealed("\u001b[31mred")).toBe("‹U+001B›[31mred");
  expect(revealed("חתול 猫 <b>&amp;\n")).toBe("חתול 猫 <b>&amp;\n");
});

test("a document of another kind is refused", () => {
  expect(() => parseDocument('{"schema": "other"}', "mine/1")).toThrow("the document says other");
});

test("numbers as a person reads them", () => {
  expect([0, 9.318, -0.00021, 1234.5, 123456789].map(number)).toEqual(["0", "9.32", "−2.1e−4", "1,235", "1.2e8"]);
  expect([0.5, -0.5, 0].map(signed)).toEqual(["+0.500", "−0.500", "0"]);
  expect([0, 0.0001, 0.3851].map(percent)).toEqual(["0.0 %", "< 0.1 %", "38.5 %"]);
  expect([999, 4652008, 2.3e9].map(millions)).toEqual(["999", "4.7 M", "2.3 G"]);
  expect([0.0213, 3.71].map(duration)).toEqual(["21 ms", "3.7 s"]);
  expect([area(7, 7), area(7, 9)]).toEqual(["7²", "7 × 9"]);
  expect(moment("2026-01-31T12:00:00Z")).toBe("2026-01-31 12:00 UTC");
});

test("a receptive field larger than the picture ends at its edges", () => {
  expect(centredField([112, 448], [224, 224])).toEqual({ top: 0.25, bottom: 0.75, left: 0, right: 1 });
});
