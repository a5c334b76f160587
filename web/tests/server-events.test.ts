import { expect, test } from "vitest";
import { cutEvents } from "../src/lib/events";

test("whole events are cut off, the rest waits", () => {
  const text = 'event: progress\ndata: {"done": 1}\n\n: still there\n\nevent: done\r\ndata: a\r\ndata: b\r\n\r\nevent: fra';
  expect(cutEvents(text)).toEqual({
    events: [
      { name: "progress", data: '{"done": 1}' },
      { name: "done", data: "a\nb" },
    ],
    rest: "event: fra",
  });
  expect(cutEvents("data:x\n\n").events).toEqual([{ name: "message", data: "x" }]);
  expect(cutEvents("")).toEqual({ events: [], rest: "" });
});
