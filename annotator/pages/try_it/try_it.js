// A sentence that was tried on models, with what each makes of it before and after a change, and the earlier ones.

import { element } from "../word_marker/elements.js";
import { ASKING, changeForm } from "./change_form.js";
import { underlinedWords, verdictClass, verdictSign } from "../pair_sheet/underlined.js";
import { shades, spokenName } from "../word_marker/marks.js";

const LISTED_FIRST = 5;
const acted = new WeakSet(); // pages whose person changed a word, and whose answer is still to come

/** Streamlit calls this again, with the same element, whenever the data changes. */
export default function mount({ data, parentElement, setTriggerValue }) {
  const act = (what) => {
    page.setAttribute("aria-busy", "true");
    if (what.kind === "change") acted.add(parentElement);
    // The same act twice in a row has to be two messages.
    setTriggerValue("act", { ...what, number: Date.now() });
  };
  const page = element("div", { class: "try" }, ...(data.trial ? trial(data.trial, act) : []), ...list(data.rows, act));
  parentElement.querySelector(".try")?.remove();
  parentElement.append(page);
  page.querySelectorAll(".words").forEach((text) => text.classList.toggle("rtl", getComputedStyle(text).direction === "rtl"));
  // What had the focus is gone: the keyboard continues at what the change did, or in the sentence if it was refused.
  if (acted.delete(parentElement)) (Array.from(page.querySelectorAll(".version h3")).at(-1) ?? page.querySelector(".word"))?.focus();
  return () => page.remove();
}

// ---- the sentence

function trial({ query, versions, models, suggested, offer }, act) {
  const underlined = versions.some(({ marks }) => marks) ? "Underlined words are what people marked. " : "";
  return [
    query ? element("p", { class: "query", dir: "auto" }, query) : "",
    ...versions.map((version, number) => versionOf(version, models, suggested, (change) => act({ kind: "change", version: number, ...change }))),
    offer ? offered(offer, act) : "",
    element("p", { class: "hint" }, `${underlined}Amber words speak for the label that the model says, or for another one that is named. Choose a word to delete or replace it.`),
  ];
}

/** Return the button of a change that is worth trying first. */
function offered({ place, instead, title }, act) {
  const send = (event) => {
    event.currentTarget.replaceWith(element("span", { class: "asking", role: "status" }, ASKING));
    act({ kind: "change", version: 0, place, instead });
  };
  return element("p", { class: "offer" }, element("button", { type: "button", onclick: send }, ...quoted(title)));
}

function versionOf(version, models, suggested, change) {
  return element("section", { class: "version" },
    version.title.length ? element("h3", { tabindex: -1 }, ...quoted(version.title)) : "",
    version.note ? element("p", { class: "note" }, version.note) : "",
    element("div", { class: models.length > 1 ? "sides two" : "sides" },
      ...version.results.map((result, index) => side(version, result, models[index], suggested.filter(({ label }) => label !== result.label), change))));
}

function side(version, result, model, suggested, change) {
  const form = element("div", { class: "form" });
  const box = element("article", { "aria-label": model },
    element("header", {},
      element("span", { class: "model" }, model),
      element("span", { class: verdictClass(result.right) }, element("bdi", {}, result.label), ` ${result.percent} `, ...verdictSign(result.right)),
      result.flip ? element("span", { class: "flip" }, "flip") : ""));
  box.append(wordsOf(version, result, (place, word) => changeForm(form, version.tokens[place], suggested, { done: (instead) => change({ place, instead }), leave: () => word.focus() })));
  if (result.words_for) box.append(element("p", { class: "words-for", dir: "auto" }, result.words_for));
  box.append(form);
  return box;
}

/** Return the sentence, whose words are buttons: Tab reaches one of them, the arrows the others. */
function wordsOf(version, { saliency }, choose) {
  const levels = shades(saliency);
  const words = [];
  const draw = (place, props) => {
    const token = version.tokens[place];
    words[place] = element("span", {
      ...props, role: "button", tabindex: place ? -1 : 0, "aria-label": spokenName(token, props["data-mark"], levels[place]),
      onclick: (event) => choose(place, event.currentTarget),
      onkeydown: (event) => onKey(event, words, place, choose),
    }, token);
    return words[place];
  };
  return element("p", { class: "words", dir: "auto" }, ...underlinedWords(version, levels, draw));
}

function onKey(event, words, place, choose) {
  if (event.key === "Enter" || event.key === " ") choose(place, words[place]);
  else {
    const forward = event.currentTarget.closest(".rtl") ? "ArrowLeft" : "ArrowRight";
    const steps = { ArrowLeft: -1, ArrowRight: 1, Home: -words.length, End: words.length };
    if (!(event.key in steps)) return;
    const step = event.key.startsWith("Arrow") ? (event.key === forward ? 1 : -1) : steps[event.key];
    const next = words[Math.min(words.length - 1, Math.max(0, place + step))];
    words[place].setAttribute("tabindex", -1);
    next.setAttribute("tabindex", 0);
    next.focus();
  }
  event.preventDefault();
}

// ---- the list

function list(rows, act) {
  if (!rows.length) return [];
  const items = element("ol", { class: "tried", "aria-label": "Tried before" }, ...rows.slice(0, LISTED_FIRST).map((row) => item(row, act)));
  const showAll = (event) => {
    items.append(...rows.slice(LISTED_FIRST).map((row) => item(row, act)));
    items.children[LISTED_FIRST].querySelector("button").focus();
    event.currentTarget.remove();
  };
  const isLong = rows.length > LISTED_FIRST;
  return [element("h3", {}, "Tried before"), items, isLong ? element("button", { type: "button", class: "all", onclick: showAll }, `Show all ${rows.length}`) : ""];
}

function item(row, act) {
  return element("li", {},
    element("button", { type: "button", class: "open", onclick: () => act({ kind: "open", id: row.id }) },
      element("span", { class: "text", dir: "auto" }, row.text),
      element("span", { class: "facts" },
        row.title.length ? element("span", {}, ...quoted(row.title)) : "",
        ...row.results.map((result) => element("span", {}, `${result.model}: `, element("bdi", {}, result.says), result.flip ? element("span", { class: "flip" }, "flip") : "")))),
    element("button", { type: "button", class: "remove", "aria-label": `Remove \u201c${row.text}\u201d from the list`, title: "Remove from the list", onclick: () => act({ kind: "remove", id: row.id }) }, "\u00d7"));
}

/** Return a title's parts, of which every other is a word from a person. */
const quoted = (parts) => parts.map((part, index) => (index % 2 ? element("bdi", {}, `\u201c${part}\u201d`) : part));
