// A sentence's words, shaded by a model, with a line under those that people marked; and whether its label is right.

import { element } from "../word_marker/elements.js";
import { closeSides, gaps, joinsNext } from "../word_marker/marks.js";

/** Return the words and the gaps between them; the line under marked neighbours is one. `draw` makes a word from its place and properties. */
export function underlinedWords({ text, tokens, starts, marks }, levels, draw) {
  const between = gaps(text, tokens, starts);
  const signs = marks ? Array.from(marks) : tokens.map(() => ".");
  const parts = tokens.flatMap((_, index) => {
    const joins = joinsNext(signs, index);
    const edge = `${index > 0 && joinsNext(signs, index - 1) ? "" : "start"} ${joins ? "" : "end"}`;
    return [
      draw(index, { class: "word", "data-mark": signs[index], "data-edge": edge, "data-close": closeSides(between, index), "data-shade": levels[index] }),
      element("span", { class: "gap", "data-mark": joins ? signs[index] : ".", "data-shade": joins ? Math.min(levels[index], levels[index + 1]) : 0 }, between[index + 1]),
    ];
  });
  return [between[0], ...parts];
}

/** Return the class of a label that is right, wrong, or not known to be either. */
export const verdictClass = (right) => (right === null ? "verdict" : right ? "verdict right" : "verdict wrong");

/** Return the sign of a right or a wrong label, and what a screen reader reads for it. */
export function verdictSign(right) {
  if (right === null) return [];
  return [
    element("span", { "aria-hidden": "true" }, right ? "\u2713" : "\u2717"),
    element("span", { class: "aloud" }, right ? "right" : "wrong"),
  ];
}
