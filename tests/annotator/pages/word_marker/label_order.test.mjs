import assert from "node:assert/strict";
import { test } from "node:test";

import { arrange, digits, offered, splitName } from "../../../../annotator/pages/word_marker/label_order.js";

const named = (...names) => names.map((name) => ({ name, retired: false }));
const shown = (labels, how) => arrange(labels, how).map(({ group, places }) => [group, places.map((index) => labels[index].name)]);
const CARDS = named("card/lost", "balance", "card/stolen card", "Überweisung", "cash/withdrawal lost");

test("a slash in a name makes a group, if there is a name on both sides of it", () => {
  assert.deepEqual(splitName("food / warm/soup"), { group: "food", text: "warm/soup" });
  assert.deepEqual(["/x", "x/", "and"].map((name) => splitName(name)), ["/x", "x/", "and"].map((text) => ({ group: "", text })));
});

test("labels without a group come first, and groups in the order of their first labels", () => {
  assert.deepEqual(shown(CARDS), [
    ["", ["balance", "Überweisung"]], ["card", ["card/lost", "card/stolen card"]], ["cash", ["cash/withdrawal lost"]]]);
});

test("a search keeps the names with all its words, whatever their case and accents, and puts first what begins with it", () => {
  assert.deepEqual(shown(CARDS, { search: "  LOST ca" }), [["card", ["card/lost"]], ["cash", ["cash/withdrawal lost"]]]);
  assert.deepEqual(shown(CARDS, { search: "uber" }), [["", ["Überweisung"]]]);
  assert.deepEqual(shown(named("my card", "card", "cat"), { search: "card" }), [["", ["card", "my card"]]]);
  assert.deepEqual(arrange(CARDS, { search: "none of them" }), []);
});

test("the most used come first, without groups, and the others stay in their order", () => {
  const used = { "card/stolen card": 3, "Überweisung": 7, gone: 9 };
  assert.deepEqual(shown(CARDS, { used }), [
    ["", ["Überweisung", "card/stolen card", "card/lost", "balance", "cash/withdrawal lost"]]]);
});

test("retired labels are not offered; digits follow what is shown among many, and stay with a few", () => {
  const few = [...named("a", "b", "c")];
  few[0].retired = true;
  assert.deepEqual([offered(few), digits(few, arrange(few))], [[1, 2], [0, 1, 2]]);
  const many = named(..."abcdefghij", "x/first");
  many[0].retired = true;
  const used = { j: 2 };
  assert.deepEqual(digits(many, arrange(many, { used })).map((index) => many[index].name), [..."jbcdefghi"]);
});
