export type View = "picture" | "overlay" | "map";
export type Sharing = "own" | "shared";

/** Everything that the address remembers. */
export interface PageState {
  /** Counted from 0; the address counts from 1, as people do. */
  picture: number;
  /** Id of the chosen map; null for the picture's first. */
  map: string | null;
  view: View;
  scale: Sharing;
  /** Percent. */
  opacity: number;
  box: boolean;
  /** Layer whose receptive field stays drawn. */
  stage: string | null;
}

export const START: PageState = {
  picture: 0,
  map: null,
  view: "overlay",
  scale: "own",
  opacity: 100,
  box: true,
  stage: null,
};

/** The address's part after `#`; what stands at its start value is left out. */
export function toHash(state: PageState): string {
  const words = new URLSearchParams();
  if (state.picture !== START.picture) words.set("picture", String(state.picture + 1));
  if (state.map !== null) words.set("map", state.map);
  if (state.view !== START.view) words.set("view", state.view);
  if (state.scale !== START.scale) words.set("scale", state.scale);
  if (state.opacity !== START.opacity) words.set("opacity", String(state.opacity));
  if (state.box !== START.box) words.set("box", "off");
  if (state.stage !== null) words.set("stage", state.stage);
  return words.toString();
}

/** A whole number of the address within these bounds, or null. */
export function whole(text: string | null, low: number, high: number): number | null {
  const value = /^\d{1,6}$/.test(text ?? "") ? Number(text) : NaN;
  return value >= low && value <= high ? value : null;
}

/** Reads an address that anyone may have written: what makes no sense falls back to the start. */
export function fromHash(hash: string, pictures: number): PageState {
  const words = new URLSearchParams(hash.replace(/^#/, ""));
  const view = words.get("view");
  return {
    picture: (whole(words.get("picture"), 1, pictures) ?? 1) - 1,
    map: words.get("map"),
    view: view === "picture" || view === "map" ? view : START.view,
    scale: words.get("scale") === "shared" ? "shared" : START.scale,
    opacity: whole(words.get("opacity"), 0, 100) ?? START.opacity,
    box: words.get("box") !== "off",
    stage: words.get("stage"),
  };
}
