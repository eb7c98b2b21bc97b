// A sentence with a person's marks, to read.

import { element } from "../word_marker/elements.js";
import { closeSides, gaps, joinsNext } from "../word_marker/marks.js";

export const TAGS = { "+": "mark", "-": "s", ".": "span" };

/** Return the words and the gaps between them; a run of marked words is one shape. `inside` returns what a word shows. */
export function markedWords({ text, tokens, starts }, marks, inside = (token) => token) {
  const between = gaps(text, tokens, starts);
  const signs = Array.from(marks);
  const parts = tokens.flatMap((token, index) => {
    const joinsRight = joinsNext(signs, index);
    const joinsLeft = index > 0 && joinsNext(signs, index - 1);
    const edge = `${joinsLeft ? "" : "start"} ${joinsRight ? "" : "end"}`;
    return [
      piece("word", inside(token), signs[index], { "data-edge": signs[index] === "." ? "" : edge, "data-close": closeSides(between, index) }),
      piece("gap", between[index + 1], joinsRight ? signs[index] : "."),
    ];
  });
  return [between[0], ...parts];
}

const piece = (name, content, mark, props = {}) =>
  element(TAGS[mark], { class: name, "data-mark": mark, ...props }, content);
