import assert from "node:assert/strict";
import { test } from "node:test";

import { marks } from "./fakes.mjs";
import {
  closeSides, gaps, isUnseen, joinsNext, lineNeighbour, paint, seenNeighbour, shades, signFor, spokenName,
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

test("words are drawn close where the text has nothing to see between them", () => {
  const between = gaps("(rip-\u200boff, a", ["(", "rip", "-", "off", ",", "a"], [0, 1, 4, 6, 9, 11]);
  assert.deepEqual([0, 1, 2, 3, 4, 5].map((index) => closeSides(between, index)),
    ["end", "start end", "start end", "start end", "start", ""]);
});

test("white space can be seen, and what has no width cannot", () => {
  assert.deepEqual(["", "\u200b", "\u0007\ufeff", " ", "\n", "\u0085x", "-"].map(isUnseen), [true, true, true, false, false, false, false]);
});

test("the cursor passes over words that cannot be seen", () => {
  const tokens = ["\u200b", "a", "\u200b", "\u00ad", "b", "\ufeff"];
  assert.deepEqual([[1, 1], [4, -1], [4, 1], [1, -1]].map(([at, step]) => seenNeighbour(tokens, at, step)), [4, 1, 4, 1]);
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
