import { decodeHalf } from "./half";

export interface Tensor {
  sizes: number[];
  values: Float32Array<ArrayBuffer>;
}

const MAGIC = 0x31545054; // "TPT1"
const FLOAT16 = 1;

/** Reads a tensor as the server writes it: a header of twelve bytes, the sizes, and float16 times one scale. */
export function readTensor(buffer: ArrayBuffer): Tensor {
  const view = new DataView(buffer);
  if (buffer.byteLength < 12 || view.getUint32(0, true) !== MAGIC) throw new Error("the answer is no tensor");
  if (view.getUint8(4) !== FLOAT16) throw new Error("the tensor is not of 16-bit numbers");
  const dimensions = view.getUint8(5);
  const scale = view.getFloat32(8, true);
  const sizes = Array.from({ length: dimensions }, (_, i) => view.getUint32(12 + 4 * i, true));
  const count = sizes.reduce((product, size) => product * size, 1);
  const start = 12 + 4 * dimensions;
  if (buffer.byteLength !== start + 2 * count) throw new Error("the tensor's length is not what its sizes say");
  const values = decodeHalf(buffer, start, count);
  if (scale !== 1) for (let i = 0; i < count; i++) values[i] *= scale;
  return { sizes, values };
}
