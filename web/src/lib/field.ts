import type { Box } from "../data";

/** A receptive field in the middle of the input, cut at its edges. */
export function centredField(field: [number, number], input: [number, number]): Box {
  const rows = Math.min(1, field[0] / input[0]);
  const columns = Math.min(1, field[1] / input[1]);
  return {
    top: (1 - rows) / 2,
    bottom: (1 + rows) / 2,
    left: (1 - columns) / 2,
    right: (1 + columns) / 2,
  };
}
