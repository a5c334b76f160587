import { untrack } from "svelte";
import { Problem, type Progress } from "./client";

/** One question at a time: a new one cancels the one before. */
export class Asked<T, F = never> {
  value: T | null = $state.raw(null);
  /** The question that `value` answers. */
  of: string | null = $state.raw(null);
  problem: Problem | null = $state.raw(null);
  busy = $state(false);
  progress: Progress | null = $state.raw(null);
  frame: F | null = $state.raw(null);
  #asked: string | null = null;
  #stop: AbortController | null = null;

  /**
   * Asks unless just this is being asked or answered; null forgets everything.
   *
   * The answer before stays until the new one is there, so that nothing flickers, if it may stand in for it.
   */
  ask(
    question: string | null,
    answer: (signal: AbortSignal, asked: Asked<T, F>) => Promise<T>,
    stays: (before: string) => boolean = () => true,
  ): void {
    if (question === this.#asked) return;
    const before = untrack(() => this.of);
    this.#stop?.abort();
    this.#asked = question;
    this.problem = null;
    this.progress = null;
    this.frame = null;
    this.busy = question !== null;
    if (question === null || (before !== null && !stays(before))) this.#forget();
    if (question === null) return;
    const stop = (this.#stop = new AbortController());
    answer(stop.signal, this).then(
      (value) => {
        if (stop !== this.#stop || stop.signal.aborted) return;
        this.value = value;
        this.of = question;
        this.busy = false;
      },
      (error: unknown) => {
        if (stop !== this.#stop || stop.signal.aborted) return;
        this.#forget();
        this.problem = error instanceof Problem ? error : new Problem("page", String(error));
        this.busy = false;
      },
    );
  }

  /** Takes an answer that came another way. */
  give(question: string, value: T): void {
    this.ask(question, () => Promise.resolve(value));
    this.value = value;
    this.of = question;
    this.busy = false;
  }

  #forget(): void {
    this.value = null;
    this.of = null;
  }

  /** Gives the question up. */
  cancel(): void {
    this.#stop?.abort();
    this.#forget();
    this.busy = false;
    this.progress = null;
    this.problem = new Problem("cancelled", "Stopped.");
  }

  /** Lets the same question be asked again. */
  again(): void {
    this.#stop?.abort();
    this.#asked = null;
  }
}
