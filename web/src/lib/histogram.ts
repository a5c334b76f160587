/** Heights of a histogram's bars, 0 to 1: square roots, so that a few rare values can be seen beside many zeros. */
export function heights(counts: readonly number[]): number[] {
  const most = Math.max(...counts, 1);
  return counts.map((count) => Math.sqrt(count / most));
}

/** The step between edges in which a value lies; the first or the last for one beyond them. */
export function stepOf(value: number, edges: readonly number[]): number {
  const steps = edges.length - 1;
  const place = edges.findIndex((edge) => value < edge);
  return place < 0 ? steps - 1 : Math.max(0, place - 1);
}
