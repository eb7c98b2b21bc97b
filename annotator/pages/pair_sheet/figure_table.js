// A table of figures: its first columns are names, the others numbers. On a phone, each row is a block of lines.

import { element } from "../word_marker/elements.js";

/** Return a table whose first `names` columns name the row. */
export function figureTable({ head, rows, names }) {
  const side = (column) => (column < names ? "name" : "figure");
  return element("table", {},
    element("thead", {}, element("tr", {}, ...head.map((title, column) => element("th", { scope: "col", class: side(column) }, title)))),
    element("tbody", {}, ...rows.map((row) => element("tr", {}, ...row.map((cell, column) =>
      element(column === names - 1 ? "th" : "td", { class: side(column), dir: "auto", ...(column === names - 1 ? { scope: "row" } : {}), "data-title": head[column] }, cell))))));
}
