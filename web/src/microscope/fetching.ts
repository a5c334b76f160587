import type {
  ArithmeticAnswer,
  ContributionsAnswer,
  MapAnswer,
  NetworkWhole,
  SheetAnswer,
} from "../answers";
import type { ClassScore, ReportMap } from "../data";
import type { NetworkUnit } from "../evidence";
import { handedOn, placesOf, strongest, type Sheet } from "../lib/channels";
import { askFile, askJson, askTensor, listen, query, type Progress } from "../lib/client";
import { loadImage } from "../lib/image";
import { spritePixels } from "../lib/sprite";

/** Questions that take more than one request; `base` is the address of the picture's answers. */

/** So many operations after a sum are written out together. */
const CHAIN = 6;
/** So many terms of a sum are listed; the others are added up. */
const PARTS = 8;

/** The part of the picture that the network sees. */
export async function fetchSeen(base: string, signal: AbortSignal): Promise<HTMLImageElement> {
  const url = URL.createObjectURL(await askFile(`${base}/seen.png`, signal));
  return loadImage(url).finally(() => URL.revokeObjectURL(url));
}

export async function fetchMap(
  base: string,
  method: { key: string; quick: boolean },
  target: string | null,
  signal: AbortSignal,
  onprogress: (progress: Progress) => void,
): Promise<ReportMap> {
  const words = { method: method.key, target };
  const path = query(`${base}/map`, words);
  const found = method.quick
    ? await askJson<MapAnswer>(path, { signal })
    : await listen<MapAnswer>(path, { signal, onprogress });
  const { values } = await askTensor(query(`${base}/map.bin`, words), signal);
  return { ...found, values, faithfulness: null };
}

/** A layer: facts, tiles to look at, numbers to read. */
export async function fetchSheet(base: string, layer: string, signal: AbortSignal): Promise<Sheet> {
  const numbers = askTensor(query(`${base}/sheet.bin`, { layer }), signal);
  // Where the facts fail first, they are what is told.
  numbers.catch(() => undefined);
  const answer = await askJson<SheetAnswer>(query(`${base}/sheet`, { layer }), { signal });
  const [pixels, { values }] = await Promise.all([spritePixels(answer.sprite), numbers]);
  return { answer, pixels, values, places: placesOf(answer.shown) };
}

/** What each channel of a layer adds to each of some classes. */
export interface Push {
  index: number;
  label: string;
  values: number[];
}

export function fetchPushes(
  base: string,
  layer: string,
  classes: readonly ClassScore[],
  signal: AbortSignal,
): Promise<Push[]> {
  return Promise.all(
    classes.map(async ({ index, label }) => {
      const path = query(`${base}/contributions`, { layer, target: index });
      const { contributions } = await askJson<ContributionsAnswer>(path, { signal });
      return { index, label, values: contributions };
    }),
  );
}

/** One value written out, then what it is made of, down to the sum that begins it. */
export async function fetchSums(
  base: string,
  unit: NetworkUnit,
  layers: NetworkWhole["layers"],
  signal: AbortSignal,
): Promise<ArithmeticAnswer[]> {
  const cards: ArithmeticAnswer[] = [];
  for (let next: NetworkUnit | null = unit; next && cards.length < CHAIN; ) {
    const { layer, channel, row, column }: NetworkUnit = next;
    const path = query(`${base}/arithmetic`, { layer, channel, row, column, parts: PARTS });
    const card: ArithmeticAnswer = await askJson<ArithmeticAnswer>(path, { signal });
    cards.push(card);
    const part = handedOn(card.parts, card.rest.count, layers);
    next = part && strongest(part);
  }
  return cards;
}

/** What a place does see, as a map that lies on the picture. */
export async function fetchGlow(path: string, signal: AbortSignal): Promise<ReportMap> {
  const { sizes, values } = await askTensor(path, signal);
  return {
    id: "glow",
    method: "glow",
    title: "What this place sees",
    target: { label: "this place", indices: [], kind: "custom" },
    layer: null,
    options: {},
    score: 0,
    residual: null,
    signed: false,
    quantity: "sensitivity",
    rows: sizes[0],
    columns: sizes[1],
    values,
    box: null,
    sentence: "",
    verdict: values.some((value) => value > 0) ? "map" : "zero",
    passes: "",
    seconds: 0,
    engine: "",
    faithfulness: null,
  };
}
