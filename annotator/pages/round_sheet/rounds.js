// The cards of the Rounds page. People read here; a click opens a round.

import { drawn } from "../chart/svg.js";
import { element } from "../word_marker/elements.js";

/** Streamlit calls this again, with the same element, whenever the data changes. */
export default function mount({ data, parentElement, setTriggerValue }) {
  const old = parentElement.querySelector(".rounds");
  const page = element("div", { class: "rounds" });
  if (data.bought) page.append(...bought(data.bought));
  if (data.live) page.append(...live(data.live));
  if (data.table) page.append(table(data.table, (name) => setTriggerValue("open", name)));
  if (data.sections) page.append(...data.sections.map(section));
  keepOpen(old, page);
  const focused = placeOfFocus(old);
  old?.remove();
  parentElement.append(page);
  page.querySelectorAll("a, summary")[focused]?.focus();
  const clock = data.live?.loading == null ? null : tick(page.querySelector(".clock"), data.live.loading);
  return () => {
    clearInterval(clock);
    page.remove();
  };
}

/** Leave open what a person opened: the card of a round at work is drawn again every second. */
function keepOpen(old, page) {
  const were = [...(old?.querySelectorAll("details") ?? [])].map((each) => each.open);
  page.querySelectorAll("details").forEach((each, place) => { each.open = Boolean(were[place]); });
}

function placeOfFocus(old) {
  const focused = old?.getRootNode().activeElement;
  return focused ? [...old.querySelectorAll("a, summary")].indexOf(focused) : -1;
}

function tick(clock, seconds) {
  const began = Date.now() - seconds * 1000;
  const show = () => { clock.textContent = `${Math.round((Date.now() - began) / 1000)} s`; };
  show();
  return setInterval(show, 1000);
}

// ---- what the marks bought

function bought({ figures, notes, paper }) {
  return [
    element("div", { class: "figures" }, ...figures.map(figure)),
    ...notes.map((note) => element("p", { class: "note" }, note)),
    paper.rows.length ? element("details", {}, element("summary", {}, "The paper’s figures"), grid(paper)) : "",
  ];
}

function figure({ value, unit, lines, shown }) {
  return element("div", { class: shown ? "figure" : "figure unsure" },
    element("p", { class: "value" }, element("strong", {}, value), " ", element("span", {}, unit)),
    ...lines.map((line) => element("p", { class: "line" }, line)));
}

// ---- the round at work

function live({ headline, done, facts, plot, about, late, loading }) {
  const percent = Math.round(100 * done);
  const bar = element("div", {
    class: "bar", role: "progressbar", "aria-label": headline, "aria-valuemin": "0", "aria-valuemax": "100", "aria-valuenow": String(percent),
  }, element("span", { style: `width: ${percent}%` }));
  return [
    element("p", { class: "headline" }, headline, " ", element("span", { class: "clock" }, loading == null ? "" : " ")),
    bar,
    element("p", { class: "line" }, facts.join(" \u00b7 ")),
    late ? element("p", { class: "line" }, late) : "",
    plot ? element("div", { class: "plot" }, drawn(plot)) : "",
    about ? element("p", { class: "line" }, about) : "",
  ];
}

// ---- all rounds

function table({ head, rows }, open) {
  return element("table", { class: "all" },
    element("thead", {}, element("tr", {}, ...head.map((name) => element("th", { scope: "col" }, name)))),
    element("tbody", {}, ...rows.map((row) => rowOf(row, head, open))));
}

function rowOf(row, head, open) {
  const cells = row.cells.map((cell, place) => element("td", { "data-name": head[place + 1] }, cell));
  return element("tr", { class: row.nested ? "nested" : "" },
    element("th", { scope: "row" }, link(row, open), ...row.pills.map(({ text, kind }) => element("span", { class: `pill ${kind}` }, text))),
    ...cells,
    element("td", { class: "act" }, row.compare ? element("a", { class: "pill", href: row.compare, "aria-label": `Compare round ${row.title}` }, "compare") : ""));
}

/** Return a real link, which can be copied or opened in another tab; a plain click stays on this page. */
function link(row, open) {
  const follow = (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    open(row.name);
  };
  return element("a", { class: "name", href: `?round=${encodeURIComponent(row.name)}`, onclick: follow, "aria-label": `Round ${row.title}` }, row.title);
}

// ---- one round

function section({ title, lines = [], pairs = [], table: rows, folded }) {
  const body = [
    ...lines.map((line) => element("p", { dir: "auto" }, line)),
    pairs.length ? element("dl", {}, ...pairs.flatMap(([name, value]) => [element("dt", {}, name), element("dd", { dir: "auto" }, value)])) : "",
    rows ? element("div", { class: "scroll", tabindex: "0" }, grid(rows)) : "",
  ];
  if (folded) return element("details", { class: "section" }, element("summary", {}, title), ...body);
  return element("section", {}, element("h3", {}, title), ...body);
}

/** Return a small table whose first column names the rows. */
function grid({ head, rows }) {
  return element("table", { class: "grid" },
    element("thead", {}, element("tr", {}, ...head.map((name) => element("th", { scope: "col" }, name)))),
    element("tbody", {}, ...rows.map(([name, ...cells]) =>
      element("tr", {}, element("th", { scope: "row" }, name), ...cells.map((cell, place) => element("td", { "data-name": head[place + 1] }, cell))))));
}
