import assert from "node:assert/strict";
import { test } from "node:test";

import { marks } from "./fakes.mjs";
import {
  gaps, joinsNext, lineNeighbour, paint, shades, signFor, spokenName,
} from "../../../../annotator/pages/word_marker/marks.js";

test("a range is painted from either end and leaves the old marks alone", () => {
  const before = marks(".-...");
  assert.equal(paint(before, 3, 1, "+").join(""), ".+++.");
  assert.equal(paint(before, 1, 3, ".").join(""), ".....");
  assert.equal(before.join(""), ".-...");
});

test("a second click clears, and a forced mark replaces the other kind", () => {
  assert.equal(signFor(".", "+"), "+");
  assert.equal(signFor("+", "+"), ".");
  assert.equal(signFor("-", "+"), ".");
  assert.equal(signFor("+", "-", true), "-");
  assert.equal(signFor("-", "-", true), ".");
});

test("neighbours join only with their own kind", () => {
  assert.deepEqual([0, 1, 2, 3].map((index) => joinsNext(marks("++-."), index)), [true, false, false, false]);
});

test("gaps count in code points, and together with the tokens they are the text", () => {
  const text = " 😀 Don't, she  said.";
  const tokens = ["😀", "Don't", ",", "she", "said", "."];
  const between = gaps(text, tokens, [1, 3, 8, 10, 15, 19]);
  assert.deepEqual(between, [" ", " ", "", " ", "  ", "", ""]);
  assert.equal(between[0] + tokens.map((token, index) => token + between[index + 1]).join(""), text);
});

test("only what speaks for the label is shaded, above the floor, the strongest in step 5", () => {
  assert.deepEqual(shades([2, -4, 0.5, 0.61, 4]), [3, 0, 0, 1, 5]);
  assert.deepEqual(shades([0, 0]), [0, 0]);
  assert.deepEqual(shades([]), []);
});

test("a screen reader hears mark and strength in words", () => {
  assert.equal(spokenName("tedious", "+", 4), "tedious, marked as a reason, strong model signal");
  assert.equal(spokenName("the", ".", 0), "the");
});

test("up and down find the nearest word of the next line, and stay at the edge", () => {
  const box = (left, top) => ({ left, top, width: 10, height: 10 });
  const boxes = [box(0, 0), box(50, 2), box(0, 20), box(40, 21), box(0, 40)];
  assert.equal(lineNeighbour(boxes, 1, 1), 3);
  assert.equal(lineNeighbour(boxes, 3, -1), 1);
  assert.equal(lineNeighbour(boxes, 3, 1), 4);
  assert.equal(lineNeighbour(boxes, 0, -1), 0);
});
