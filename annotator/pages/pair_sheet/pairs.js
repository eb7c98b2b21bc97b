// Sentences under one model or two, side by side: amber is what a model looks at, a teal line is what people marked.

import { element } from "../word_marker/elements.js";
import { figureTable } from "./figure_table.js";
import { shades, spokenShading } from "../word_marker/marks.js";
import { underlinedWords, verdictClass, verdictSign } from "./underlined.js";

/** Streamlit calls this again, with the same element, whenever the data changes. */
export default function mount({ data, parentElement }) {
  const page = element("div", { class: data.framed === false ? "pairs bare" : "pairs" }, ...(data.table ? [figureTable(data.table)] : data.pairs.map(pair)));
  parentElement.querySelector(".pairs")?.remove();
  parentElement.append(page);
  return () => page.remove();
}

function pair(row) {
  return element("article", { class: row.sides.length > 1 ? "pair" : "pair single", "aria-label": row.id },
    row.query ? element("p", { class: "query", dir: "auto" }, row.query) : "",
    element("div", { class: "sides" }, ...row.sides.map((side) => sideOf(row, side))),
    element("footer", {}, link(row), " \u00b7 people say ", element("bdi", {}, row.gold)));
}

function link({ id }) {
  return element("a", { href: `data?sentence=${encodeURIComponent(id)}`, target: "_self", dir: "auto" }, id);
}

function sideOf(row, side) {
  const levels = side.saliency ? shades(side.saliency) : row.tokens.map(() => 0);
  return element("section", {},
    element("header", {},
      element("span", { class: "model" }, side.model),
      element("span", { class: verdictClass(side.right) },
        element("bdi", {}, side.label), ` ${side.probability} `, ...verdictSign(side.right))),
    element("p", { class: "words", dir: "auto" }, ...underlinedWords(row, levels, word(row))),
    side.saliency
      ? element("p", { class: "aloud" }, spokenShading(row.tokens, side.saliency))
      : element("p", { class: "missing" }, side.missing),
    side.words_for ? element("p", { class: "missing", dir: "auto" }, side.words_for) : "");
}

/** Return the element of a word, whose tag says how people marked it. */
const word = (row) => (index, props) => element(TAGS[props["data-mark"]], props, row.tokens[index]);

const TAGS = { "+": "mark", "-": "s", ".": "span" };
