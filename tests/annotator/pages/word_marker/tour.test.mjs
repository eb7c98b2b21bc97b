import assert from "node:assert/strict";
import { test } from "node:test";

import { STEPS, firstStep, stepAfter, stepText } from "../../../../annotator/pages/word_marker/tour.js";

test("a first visit begins the tour, and it goes on where it was left", () => {
  assert.deepEqual([firstStep(0, 0), firstStep(2, 1)], [0, 2]);
});

test("it stays closed for a person who closed it, and who has answered often enough elsewhere", () => {
  assert.deepEqual([firstStep(STEPS, 0), firstStep(0, 3), firstStep("x", 0)], [STEPS, STEPS, STEPS]);
});

test("doing what a step says goes on to the next one, and nothing else does", () => {
  assert.equal(stepAfter(0, "label", true), 1);
  assert.equal(stepAfter(0, "label", false), 2, "a label without marks leaves out the step about marks");
  assert.equal(stepAfter(0, "marks", true), 0);
  assert.equal(stepAfter(1, "marks", true), 2);
  assert.equal(stepAfter(2, "answer", true), 3);
  assert.equal(stepAfter(3, "answer", true), 3);
  assert.equal(stepAfter(STEPS, "label", true), STEPS);
});

test("its last step speaks of shading and guidelines only where there are any", () => {
  const keys = { isTouch: false, isShaded: true, hasGuidelines: true };
  assert.match(stepText(3, keys).join(" "), /^Amber .* first mark.* guidelines \(g\).* \? shows all keys\.$/);
  assert.deepEqual(stepText(3, { isTouch: true, isShaded: false, hasGuidelines: false }), ["When in doubt", "Skip a sentence that you cannot decide."]);
});

test("fingers are told nothing of keys", () => {
  const finger = { isTouch: true, isShaded: true, hasGuidelines: true };
  for (let step = 0; step < STEPS; step += 1) assert.doesNotMatch(stepText(step, finger).join(" "), /\b(click|press|Enter|key|u)\b|\?/i);
});
