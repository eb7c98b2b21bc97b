// The words that a model relies on. A row opens to its figures, its sentences and what can be done about it.

import { element } from "../word_marker/elements.js";

const SHOWN_FIRST = 15;
const TITLES = ["Word", "In the answers", "In the model", "Marked by people"];
const tables = new WeakMap();

/** Streamlit calls this again, with the same element, whenever the data changes; open rows stay open. */
export default function mount({ data, parentElement, setTriggerValue }) {
  const kept = tables.get(parentElement) ?? { open: new Set(), all: false, asking: new Set(), acted: null };
  tables.set(parentElement, kept);
  kept.asking.clear();
  const page = element("div", { class: "relied" });
  // The same act twice in a row has to be two messages.
  const act = (what) => setTriggerValue("act", { ...what, number: Date.now() });
  const draw = (focus) => {
    page.replaceChildren(table(data, kept, act, draw), more(data.rows, kept, draw));
    if (focus) Array.from(page.querySelectorAll("button.name")).find(({ dataset }) => dataset.word === focus)?.focus();
  };
  parentElement.querySelector(".relied")?.remove();
  parentElement.append(page);
  draw(kept.acted);
  kept.acted = null;
  return () => page.remove();
}

function table({ rows, has_model: hasModel }, kept, act, draw) {
  const shown = kept.all ? rows : rows.slice(0, SHOWN_FIRST);
  const titles = TITLES.filter((title) => hasModel || title !== "In the model");
  return element("table", {},
    element("thead", {}, element("tr", {}, ...titles.map((title) => element("th", { scope: "col" }, title)))),
    element("tbody", {}, ...shown.flatMap((row) => rowsOf(row, titles, kept, act, draw))));
}

function rowsOf(row, titles, kept, act, draw) {
  const isOpen = kept.open.has(row.word);
  const fold = () => {
    if (isOpen) kept.open.delete(row.word);
    else kept.open.add(row.word);
    draw(row.word);
  };
  const name = element("button", { type: "button", class: "name", "data-word": row.word, "aria-expanded": isOpen, onclick: fold }, element("bdi", {}, row.word));
  const cells = { "In the answers": row.answers, "In the model": row.model, "Marked by people": row.marked };
  const head = element("tr", { class: row.stands_out ? "row out" : "row" },
    element("th", { scope: "row" }, name, ...row.tags.map((tag) => element("span", { class: "tag" }, tag))),
    ...titles.slice(1).map((title) => element("td", { "data-title": title }, ...cells[title].map((line, index) => element("span", { class: index ? "line quiet" : "line" }, line)))));
  return isOpen ? [head, details(row, titles.length, kept, act, draw)] : [head];
}

function details(row, columns, kept, act, draw) {
  const ask = (kind) => () => {
    kept.asking.add(`${kind} ${row.word}`);
    kept.acted = row.word;
    draw(row.word);
    act({ kind, word: row.word });
  };
  const button = (kind, text) => {
    const isAsking = kept.asking.has(`${kind} ${row.word}`);
    return element("button", { type: "button", "data-kind": kind, ...(isAsking ? { disabled: "" } : {}), onclick: ask(kind) }, isAsking ? "Working" : text);
  };
  return element("tr", { class: "more" }, element("td", { colspan: columns },
    element("p", { class: "quiet" }, row.figures),
    element("div", { class: "actions" },
      button("show", "Show its sentences"),
      row.has_rule ? button("withdraw", "Withdraw the rule") : button("rule", "Must not matter anywhere"),
      row.can_delete ? button("delete", "Delete it everywhere") : ""),
    row.has_rule ? element("p", {}, "A rule says that it must not matter. Rounds that started after the rule have learned to look away from it.") : "",
    row.removal ? removal(row.removal) : ""));
}

/** Return what changed when the word was deleted from every sentence, with some of the sentences. */
function removal({ summary, examples }) {
  return element("div", { role: "status" },
    element("p", {}, summary),
    examples.length ? element("ul", { class: "examples" }, ...examples.map(({ id, before, after }) => element("li", {},
      element("a", { href: `data?sentence=${encodeURIComponent(id)}`, target: "_self" }, element("bdi", {}, id)),
      " ", element("bdi", {}, before), " \u2192 ", element("bdi", {}, after)))) : "");
}

function more(rows, kept, draw) {
  if (rows.length <= SHOWN_FIRST) return "";
  const fold = () => {
    kept.all = !kept.all;
    draw();
  };
  return element("button", { type: "button", class: "all", onclick: fold }, kept.all ? `Show only the first ${SHOWN_FIRST}` : `Show all ${rows.length} words`);
}
