import assert from "node:assert/strict";
import { test } from "node:test";

import { progressOf, savedState } from "../../../../annotator/pages/word_marker/status.js";

test("the saved state says what is unsaved, and after a while why", () => {
  const unsaved = [{ at: 0 }, { at: 1 }];
  assert.equal(savedState([], { trouble: "x", sinceMs: NaN, nowMs: 9e9 }).stateText, "All saved");
  assert.equal(savedState(unsaved, { trouble: "", sinceMs: 0, nowMs: 4000 }).stateText, "Saving 2");
  assert.equal(savedState(unsaved, { trouble: "", sinceMs: 0, nowMs: 6000 }).stateText,
    "Not saved (2): the server is not responding, trying again");
  assert.equal(savedState([{ at: 0 }], { trouble: "The disk is full.", sinceMs: 0, nowMs: 0 }).stateText,
    "Not saved: The disk is full, trying again");
});

test("progress counts answers on their way, but no skips and no corrections", () => {
  const way = [
    { kind: "answer", sentence_id: 1, correction: false }, { kind: "answer", sentence_id: 1, correction: true },
    { kind: "skip", sentence_id: 2, correction: false },
  ];
  assert.deepEqual(progressOf({ answered: 2, open: 2 }, way), { done: 3, all: 4, share: 0.75 });
  assert.equal(progressOf({ answered: 0, open: 0 }, []).share, 0);
});

test("a server that is gone is announced before anything has to be saved, and at once when something has", () => {
  const gone = { trouble: "", sinceMs: 0, nowMs: 1000, isAway: true };
  assert.deepEqual(savedState([], gone), { state: "trouble", stateText: "All saved; the server is not responding, trying again" });
  assert.equal(savedState([{ key: "a" }], gone).stateText, "Not saved: the server is not responding, trying again");
  assert.equal(savedState([{ key: "a" }], { ...gone, isAway: false }).stateText, "Saving 1");
});
