import assert from "node:assert/strict";
import { test } from "node:test";

import { hintFor } from "../../../../annotator/pages/word_marker/hint.js";

const first = { given: 0, label: null, takesMarks: true, isTouch: false };

test("until the third answer one line says what to do, in the words of the project's labels", () => {
  assert.equal(hintFor(first), "Choose a label, then click the words that justify it. Enter submits.");
  assert.equal(hintFor({ ...first, given: 2, label: "positive" }), "Click the words that make it “positive”. Enter submits.");
  assert.equal(hintFor({ ...first, label: "none", takesMarks: false }), "“none” needs no marks. Enter submits.");
  assert.equal(hintFor({ ...first, given: 3 }), "");
});

test("fingers tap, and have no Enter", () => {
  assert.equal(hintFor({ ...first, isTouch: true, label: "positive" }), "Tap the words that make it “positive”. Submit sends it.");
});
