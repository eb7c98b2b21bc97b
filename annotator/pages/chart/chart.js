// A chart with its caption, its numbers as a table, and its downloads.

import { element } from "../word_marker/elements.js";
import { drawn } from "./svg.js";

const SCALE = 3; // pixels of the PNG for each of the drawing

/** Streamlit calls this again, with the same element, whenever the data changes. */
export default function mount({ data, parentElement }) {
  const old = parentElement.querySelector(".chart");
  const page = element("figure", { class: "chart" },
    element("div", { class: "wide" }, drawn(data.wide)),
    element("div", { class: "narrow" }, drawn(data.narrow)),
    element("figcaption", {}, data.caption),
    element("div", { class: "more" }, numbers(data, old?.querySelector("details")?.open), ...downloads(data)));
  old?.remove();
  parentElement.append(page);
  return () => page.remove();
}

/** Return the numbers as a table that opens; it stays open when the chart is drawn again. */
function numbers(data, isOpen) {
  const row = (cells, tag) => element("tr", {}, ...cells.map((cell) => element(tag, tag === "th" ? { scope: "col" } : {}, cell)));
  const details = element("details", {},
    element("summary", {}, "Numbers"),
    element("div", { class: "scroll", tabindex: "0" }, element("table", {},
      element("thead", {}, row(data.head, "th")),
      element("tbody", {}, ...data.rows.map((cells) => row(cells, "td"))))));
  details.open = Boolean(isOpen);
  return details;
}

function downloads(data) {
  const button = (label, onclick) => element("button", { type: "button", "aria-label": `Download as ${label}`, onclick }, label);
  return [
    button("SVG", () => save(`${data.name}.svg`, new Blob([data.print], { type: "image/svg+xml" }))),
    button("PNG", () => png(data.print).then((image) => save(`${data.name}.png`, image))),
    button("CSV", () => save(`${data.name}.csv`, new Blob([data.csv], { type: "text/csv" }))),
  ];
}

function save(name, blob) {
  const address = URL.createObjectURL(blob);
  element("a", { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}

async function png(svg) {
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`;
  await image.decode();
  const canvas = element("canvas", { width: String(image.width * SCALE), height: String(image.height * SCALE) });
  canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
}
