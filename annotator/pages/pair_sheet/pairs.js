// Sentences under one model or two, side by side: amber is what a model looks at, a teal line is what people marked.

import { element } from "../word_marker/elements.js";
import { figureTable } from "./figure_table.js";
import { closeSides, gaps, joinsNext, shades, spokenShading } from "../word_marker/marks.js";

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
      element("span", { class: verdictClass(side) },
        element("bdi", {}, side.label), ` ${side.probability} `, ...sign(side))),
    element("p", { class: "words", dir: "auto" }, ...words(row, levels)),
    side.saliency
      ? element("p", { class: "aloud" }, spokenShading(row.tokens, side.saliency))
      : element("p", { class: "missing" }, side.missing),
    side.words_for ? element("p", { class: "missing", dir: "auto" }, side.words_for) : "");
}

const verdictClass = ({ right }) => (right === null ? "verdict" : right ? "verdict right" : "verdict wrong");

/** Return the sign of a right or a wrong label, and what a screen reader reads for it. */
function sign({ right }) {
  if (right === null) return [];
  return [
    element("span", { "aria-hidden": "true" }, right ? "\u2713" : "\u2717"),
    element("span", { class: "aloud" }, right ? "right" : "wrong"),
  ];
}

/** Return the words and the gaps between them; the line under marked neighbours is one. */
function words({ text, tokens, starts, marks }, levels) {
  const between = gaps(text, tokens, starts);
  const signs = marks ? Array.from(marks) : tokens.map(() => ".");
  const parts = tokens.flatMap((token, index) => {
    const joins = joinsNext(signs, index);
    const edge = `${index > 0 && joinsNext(signs, index - 1) ? "" : "start"} ${joins ? "" : "end"}`;
    return [
      element(TAGS[signs[index]], { class: "word", "data-mark": signs[index], "data-edge": edge, "data-close": closeSides(between, index), "data-shade": levels[index] }, token),
      element("span", { class: "gap", "data-mark": joins ? signs[index] : ".", "data-shade": joins ? Math.min(levels[index], levels[index + 1]) : 0 }, between[index + 1]),
    ];
  });
  return [between[0], ...parts];
}

const TAGS = { "+": "mark", "-": "s", ".": "span" };
