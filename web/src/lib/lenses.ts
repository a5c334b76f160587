import type { OptionValue, ReportMap } from "../data";

/** One way of looking: a method at a layer with its options, and its maps by target. */
export interface Lens {
  key: string;
  name: string;
  /** What tells it from other lenses of the same method. */
  detail: string;
  maps: Map<string, ReportMap>;
}

export function targetKey(map: ReportMap): string {
  return JSON.stringify([map.target.kind, map.target.indices, map.target.label]);
}

export function optionWords(options: Record<string, OptionValue>): string {
  return Object.entries(options)
    .map(([name, value]) => `${name} ${value}`)
    .join(", ");
}

/** Lenses in the order of their first map; two maps for the same target make two lenses. */
export function lensesOf(maps: ReportMap[]): Lens[] {
  const lenses = new Map<string, Lens>();
  for (const map of maps) {
    const target = targetKey(map);
    const detail = [map.layer, optionWords(map.options)].filter(Boolean).join(" · ");
    let key = JSON.stringify([map.method, map.title, detail]);
    while (lenses.get(key)?.maps.has(target)) key += "+";
    const lens = lenses.get(key) ?? { key, name: map.title, detail, maps: new Map() };
    lens.maps.set(target, map);
    lenses.set(key, lens);
  }
  return [...lenses.values()];
}

/** The lens's name, with its detail where another lens has the same name. */
export function lensName(lens: Lens, lenses: Lens[]): string {
  const alone = lenses.filter((other) => other.name === lens.name).length === 1;
  return alone || !lens.detail ? lens.name : `${lens.name} · ${lens.detail}`;
}

/** Targets in the order of their first map: key and label. */
export function targetsOf(maps: ReportMap[]): { key: string; label: string }[] {
  const labels = new Map<string, string>();
  for (const map of maps) if (!labels.has(targetKey(map))) labels.set(targetKey(map), map.target.label);
  return [...labels].map(([key, label]) => ({ key, label }));
}

/** The map for a lens and a target; where there is none, the nearest that keeps `first`. */
export function findMap(
  lenses: Lens[],
  lens: string | undefined,
  target: string | undefined,
  first: "lens" | "target",
): ReportMap | undefined {
  const own = lenses.find((candidate) => candidate.key === lens);
  const exact = target === undefined ? undefined : own?.maps.get(target);
  if (exact) return exact;
  if (first === "lens" && own) return own.maps.values().next().value;
  for (const other of lenses) {
    const map = target === undefined ? undefined : other.maps.get(target);
    if (map) return map;
  }
  return lenses[0]?.maps.values().next().value;
}

/** The map that explains exactly this class, with the present lens if it has one. */
export function mapOfClass(lenses: Lens[], lens: string | undefined, index: number): ReportMap | undefined {
  const explains = (map: ReportMap) =>
    map.target.kind === "class" && map.target.indices.length === 1 && map.target.indices[0] === index;
  const ordered = [...lenses].sort((a, b) => Number(b.key === lens) - Number(a.key === lens));
  return ordered.flatMap((candidate) => [...candidate.maps.values()]).find(explains);
}
