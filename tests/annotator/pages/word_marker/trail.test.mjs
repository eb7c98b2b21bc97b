import assert from "node:assert/strict";
import { test } from "node:test";

import { Trail } from "../../../../annotator/pages/word_marker/trail.js";

const said = (from, to) => Array.from({ length: to - from + 1 }, (_, n) => ({ key: `k${from + n}`, sentence_id: from + n }));
const keysOf = (trail) => trail.stretch.answers.map(({ key }) => key);

test("undo walks the newest answers and then asks for those before them, to the first", () => {
  const trail = new Trail(said(5, 6));
  assert.equal(trail.before(null).key, "k6");
  const first = trail.before(trail.before(null));
  assert.equal(trail.before(first), null);
  assert.deepEqual(trail.beyond(false), { key: "k5", later: false });
  assert.equal(trail.take(said(3, 4), { key: "k5", later: false }).key, "k4");
  assert.equal(trail.take(said(1, 2), { key: "k5", later: false }), null, "an answer to an older question");
  assert.equal(trail.take([], { key: "k3", later: false }), null);
  assert.equal(trail.beyond(false), null);
  assert.equal(trail.beyond(true), null, "nothing is later than the newest");
  assert.deepEqual(keysOf(trail), ["k3", "k4", "k5", "k6"]);
});

test("around an answer chosen elsewhere undo and redo walk their own stretch until it meets the newest", () => {
  const trail = new Trail(said(8, 9));
  const chosen = said(3, 3)[0];
  assert.equal(trail.goTo(chosen), chosen);
  assert.equal(trail.before(chosen), null);
  assert.equal(trail.take(said(1, 2), trail.beyond(false)).key, "k2");
  assert.equal(trail.take(said(4, 6), trail.beyond(true)).key, "k4");
  assert.equal(trail.take(said(7, 9), trail.beyond(true)).key, "k7");
  assert.deepEqual(keysOf(trail), said(1, 9).map(({ key }) => key));
  assert.equal(trail.beyond(true), null);
  assert.equal(trail.goTo({ key: "k8" }), trail.newest.answers[7], "known by its place among the newest");
});

test("a stretch that ends where the newest begins continues there", () => {
  const trail = new Trail(said(4, 5));
  trail.goTo(said(3, 3)[0]);
  assert.equal(trail.take(said(4, 5), trail.beyond(true)).key, "k4");
  assert.equal(trail.stretch, trail.newest);
});

test("a correction is the newest answer, and its sentence appears once", () => {
  const trail = new Trail(said(8, 9));
  const chosen = trail.goTo(said(3, 3)[0]);
  trail.remember({ key: "k10", sentence_id: 3 }, chosen);
  assert.deepEqual(keysOf(trail), ["k8", "k9", "k10"]);
  assert.equal(trail.take(said(2, 3), { key: "k8", later: false }).key, "k2");
  assert.deepEqual(keysOf(trail), ["k2", "k8", "k9", "k10"]);
});
