import { tick } from "svelte";

/** From this width on, everything is in sight at once. */
const LARGE = "(min-width: 1181px)";

/** On a small screen what opens lies below: takes the reader there. */
export async function lead(id: string): Promise<void> {
  if (matchMedia(LARGE).matches) return;
  await tick();
  const behavior = matchMedia("(prefers-reduced-motion: reduce)").matches ? "instant" : "smooth";
  requestAnimationFrame(() => document.getElementById(id)?.scrollIntoView({ block: "start", behavior }));
}
