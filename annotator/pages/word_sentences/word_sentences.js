// Sentences with a word: the person's own, where a click marks it, and others that they may answer.

import { element } from "../word_marker/elements.js";
import { markedWords } from "../reader/marked_words.js";

const lists = new WeakMap();

/** Streamlit calls this again, with the same element, whenever the data changes. */
export default function mount({ data, parentElement, setTriggerValue }) {
  const acted = lists.get(parentElement);
  lists.delete(parentElement);
  const page = element("div", { class: "with-word" });
  // The same act twice in a row has to be two messages.
  const act = (kind, id) => {
    lists.set(parentElement, id);
    page.querySelectorAll("button").forEach((button) => button.setAttribute("disabled", ""));
    setTriggerValue("act", { kind, sentence: id, number: Date.now() });
  };
  page.append(...data.parts.flatMap((part) => partOf(part, data.word, act)));
  parentElement.querySelector(".with-word")?.remove();
  parentElement.append(page);
  const row = Array.from(page.querySelectorAll("li")).find(({ dataset }) => dataset.id === acted);
  row?.querySelector("button")?.focus();
  return () => page.remove();
}

function partOf({ title, rows, nothing }, word, act) {
  return [
    element("h3", {}, title),
    rows.length ? element("ol", {}, ...rows.map((row) => rowOf(row, word, act))) : element("p", { class: "quiet" }, nothing),
  ];
}

function rowOf(row, word, act) {
  const bold = (token) => (token.toLowerCase() === word ? element("b", {}, token) : token);
  return element("li", { "data-id": row.id, class: row.label ? "own" : "open" },
    row.query ? element("p", { class: "quiet", dir: "auto" }, row.query) : "",
    element("p", { class: "words", dir: "auto" }, ...markedWords(row, row.marks ?? ".".repeat(row.tokens.length), bold)),
    element("div", { class: "foot" },
      element("span", { class: "facts" }, row.label ? element("b", { dir: "auto" }, row.label) : "", row.facts),
      ...row.acts.map(({ kind, name }) => element("button", { type: "button", "aria-label": `${name}: ${row.text}`, onclick: () => act(kind, row.id) }, name))));
}
