import { expect, test } from "vitest";
import { Asked } from "../src/lib/asked.svelte";
import { Problem } from "../src/lib/client";

/** An answer that comes when it is told to. */
function later<T>() {
  let give!: (value: T) => void;
  let fail!: (error: unknown) => void;
  const promise = new Promise<T>((resolve, reject) => ([give, fail] = [resolve, reject]));
  return { promise, give, fail };
}

const settled = () => new Promise((resolve) => setTimeout(resolve));

test("a new question cancels the one before, whose late answer is not taken", async () => {
  const asked = new Asked<string>();
  const first = later<string>();
  let signal: AbortSignal | undefined;
  asked.ask("a", (given) => ((signal = given), first.promise));
  asked.ask("b", () => Promise.resolve("B"));
  expect(signal?.aborted).toBe(true);
  first.give("A");
  await settled();
  expect([asked.value, asked.of, asked.busy]).toEqual(["B", "b", false]);
});

test("the same question is asked once", () => {
  const asked = new Asked<string>();
  let count = 0;
  const answer = () => (count++, new Promise<string>(() => {}));
  asked.ask("a", answer);
  asked.ask("a", answer);
  expect(count).toBe(1);
  asked.again();
  asked.ask("a", answer);
  expect(count).toBe(2);
});

test("the answer before stays only where it may stand in", async () => {
  const asked = new Asked<string>();
  asked.ask("cat 1", () => Promise.resolve("one"));
  await settled();
  const cat = (before: string) => before.startsWith("cat");
  asked.ask("cat 2", () => new Promise(() => {}), cat);
  expect([asked.value, asked.of, asked.busy]).toEqual(["one", "cat 1", true]);
  asked.ask("dog 1", () => new Promise(() => {}), (before) => before.startsWith("dog"));
  expect([asked.value, asked.of, asked.busy]).toEqual([null, null, true]);
  asked.ask(null, () => Promise.reject(new Error("never")));
  expect(asked.busy).toBe(false);
});

test("what fails or is stopped leaves no old answer", async () => {
  const asked = new Asked<string>();
  asked.ask("a", () => Promise.resolve("A"));
  await settled();
  asked.ask("b", () => Promise.reject(new Problem("layer", "There is no layer b.")));
  await settled();
  expect([asked.value, asked.problem?.message]).toEqual([null, "There is no layer b."]);
  const slow = later<string>();
  asked.ask("c", () => slow.promise);
  asked.cancel();
  slow.give("C");
  await settled();
  expect([asked.value, asked.problem?.kind, asked.busy]).toEqual([null, "cancelled", false]);
});

test("an answer that came another way is not asked for", () => {
  const asked = new Asked<string>();
  asked.give("a", "A");
  asked.ask("a", () => Promise.reject(new Error("asked")));
  expect([asked.value, asked.of, asked.busy]).toEqual(["A", "a", false]);
});
