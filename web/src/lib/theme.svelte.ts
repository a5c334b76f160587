import { flushSync } from "svelte";
import { PALETTES } from "./colour";

export type ThemeName = "dark" | "light";

/** The theme in force: the reader's choice, else the system's; paper is always light. */
export class Theme {
  #choice = $state<ThemeName | null>(null);
  #system = $state<ThemeName>("dark");
  #printing = $state(false);

  get name(): ThemeName {
    return this.#printing ? "light" : (this.#choice ?? this.#system);
  }

  get palette() {
    return PALETTES[this.name];
  }

  toggle(): void {
    this.#choice = this.name === "dark" ? "light" : "dark";
  }

  /** Follows the system and the printer; returns what undoes it. */
  follow(): () => void {
    const light = matchMedia("(prefers-color-scheme: light)");
    const paper = matchMedia("print");
    const system = () => (this.#system = light.matches ? "light" : "dark");
    // The print dialogue takes its copy at once: canvases must be redrawn before the handler returns.
    const printing = (on: boolean) => flushSync(() => (this.#printing = on));
    const before = () => printing(true);
    const after = () => printing(false);
    const medium = () => printing(paper.matches);
    system();
    light.addEventListener("change", system);
    paper.addEventListener("change", medium);
    addEventListener("beforeprint", before);
    addEventListener("afterprint", after);
    return () => {
      light.removeEventListener("change", system);
      paper.removeEventListener("change", medium);
      removeEventListener("beforeprint", before);
      removeEventListener("afterprint", after);
    };
  }
}
