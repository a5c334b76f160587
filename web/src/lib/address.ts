import { whole, type View } from "./hash";

export type Sort = "activation" | "contribution" | "index";
export type SheetScale = "tile" | "layer";

/** A target: a class, or a class less another one. */
export interface Aim {
  index: number;
  against: number | null;
}

/** Everything that the microscope's address remembers. */
export interface Address {
  model: string | null;
  picture: string | null;
  /** Null for the class that the network predicts. */
  aim: Aim | null;
  /** Key of the method. */
  lens: string;
  /** Another method beside it. */
  beside: string | null;
  view: View;
  /** Percent. */
  opacity: number;
  box: boolean;
  layer: string | null;
  channel: number | null;
  /** Row and column of the layer's own map. */
  row: number | null;
  column: number | null;
  sort: Sort;
  /** Whether silent channels are shown. */
  silent: boolean;
  scale: SheetScale;
}

export const BEGINNING: Address = {
  model: null,
  picture: null,
  aim: null,
  lens: "gradcam",
  beside: null,
  view: "overlay",
  opacity: 100,
  box: true,
  layer: null,
  channel: null,
  row: null,
  column: null,
  sort: "activation",
  silent: true,
  scale: "tile",
};

/** The address's part after `#`; what stands at its start value is left out. */
export function toAddress(state: Address): string {
  const words = new URLSearchParams();
  if (state.model !== null) words.set("model", state.model);
  if (state.picture !== null) words.set("picture", state.picture);
  if (state.aim) words.set("target", aimKey(state.aim));
  if (state.lens !== BEGINNING.lens) words.set("lens", state.lens);
  if (state.beside !== null) words.set("beside", state.beside);
  if (state.view !== BEGINNING.view) words.set("view", state.view);
  if (state.opacity !== BEGINNING.opacity) words.set("opacity", String(state.opacity));
  if (!state.box) words.set("box", "off");
  if (state.layer !== null) words.set("layer", state.layer);
  if (state.channel !== null) words.set("channel", String(state.channel));
  if (state.row !== null && state.column !== null) words.set("at", `${state.row},${state.column}`);
  if (state.sort !== BEGINNING.sort) words.set("sort", state.sort);
  if (!state.silent) words.set("silent", "hidden");
  if (state.scale !== BEGINNING.scale) words.set("scale", state.scale);
  return words.toString();
}

/** Reads an address that anyone may have written: what makes no sense falls back to the start. */
export function fromAddress(hash: string): Address {
  const words = new URLSearchParams(hash.replace(/^#/, ""));
  const view = words.get("view");
  const sort = words.get("sort");
  const layer = words.get("layer") || null;
  const channel = layer === null ? null : whole(words.get("channel"), 0, 999_999);
  const [row, column] = place(words.get("at"));
  const there = channel !== null && row !== null && column !== null;
  return {
    model: words.get("model") || null,
    picture: words.get("picture") || null,
    aim: aimOf(words.get("target")),
    lens: words.get("lens") || BEGINNING.lens,
    beside: words.get("beside") || null,
    view: view === "picture" || view === "map" ? view : BEGINNING.view,
    opacity: whole(words.get("opacity"), 0, 100) ?? BEGINNING.opacity,
    box: words.get("box") !== "off",
    layer,
    channel,
    row: there ? row : null,
    column: there ? column : null,
    sort: sort === "contribution" || sort === "index" ? sort : BEGINNING.sort,
    silent: words.get("silent") !== "hidden",
    scale: words.get("scale") === "layer" ? "layer" : BEGINNING.scale,
  };
}

function place(text: string | null): [number | null, number | null] {
  const [row, column, ...more] = (text ?? "").split(",");
  return more.length > 0 ? [null, null] : [whole(row, 0, 99_999), whole(column ?? null, 0, 99_999)];
}

/** `285`, or `285-282` for a difference. */
export function aimKey(aim: Aim): string {
  return aim.against === null ? String(aim.index) : `${aim.index}-${aim.against}`;
}

function aimOf(text: string | null): Aim | null {
  const parts = (text ?? "").split("-");
  const [index, against] = parts.map((part) => whole(part, 0, 999_999));
  if (parts.length > 2 || index === null || against === null || against === index) return null;
  return { index, against: against ?? null };
}

export type Depth = "picture" | "layer" | "channel" | "pixel";

/** How far one has walked in. */
export function depthOf(state: Address): Depth {
  if (state.layer === null) return "picture";
  if (state.channel === null) return "layer";
  return state.row === null ? "channel" : "pixel";
}

/** The state one level further out: from the pixel to its channel, to its layer, to the picture. */
export function outwards(state: Address): Address {
  switch (depthOf(state)) {
    case "pixel":
      return { ...state, row: null, column: null };
    case "channel":
      return { ...state, channel: null };
    default:
      return { ...state, layer: null };
  }
}

/** Whether going from one state to the other is a step that "back" undoes, not a change of how one looks. */
export function isStep(before: Address, after: Address): boolean {
  const kept: (keyof Address)[] = ["model", "picture", "layer", "channel", "row", "column"];
  return kept.some((key) => before[key] !== after[key]);
}
