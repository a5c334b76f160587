import { expect, test } from "vitest";
import { decodeFloat32, decodeInt8 } from "../src/lib/base64";

test("little-endian float32", () => {
  // 1.0 is 00 00 80 3f, -2.0 is 00 00 00 c0
  expect([...decodeFloat32("AACAPwAAAMA=")]).toEqual([1, -2]);
});

test("int8", () => {
  // 00 7f 80 ff
  expect([...decodeInt8("AH+A/w==")]).toEqual([0, 127, -128, -1]);
});
