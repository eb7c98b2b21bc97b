import assert from "node:assert/strict";
import { test } from "node:test";

import { nameOf, otherView } from "../../../../annotator/pages/word_marker/display.js";
import { guessText } from "../../../../annotator/pages/word_marker/view.js";
import { sentence } from "./fakes.mjs";

test("a view has a plain name, also that of a model which another package brought", () => {
  const names = ["evidence", "input_x_gradient", "gradient", "attention_flow"].map(nameOf);
  assert.deepEqual(names, ["word evidence", "input × gradient", "gradient", "attention flow"]);
});

test("the other view of what the model shows of itself is the paper's gradient, and the reverse", () => {
  const ofEvidence = sentence({ own_view: "evidence", saliency: { evidence: [0.2, 1, 0], gradient: [1, 0, 0] } });
  for (const preferred of [null, "evidence", "input_x_gradient"]) assert.equal(otherView(ofEvidence, preferred), "gradient");
  assert.equal(otherView(ofEvidence, "gradient"), "evidence");
  assert.equal(otherView(sentence(), "gradient"), "input_x_gradient");
});

test("what is shaded for another label than the model's guess is said to be", () => {
  assert.equal(guessText("event", "event"), "Why the model says “event”");
  assert.equal(guessText("none", "event"), "Words for “event”, although the model says “none”");
});
