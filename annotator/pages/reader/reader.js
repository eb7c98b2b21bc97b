// Sentences to read. People cannot change anything here; a click opens a sentence.

import { element } from "../word_marker/elements.js";
import { closeSides, gaps, shades, spokenShading } from "../word_marker/marks.js";
import { TAGS, markedWords } from "./marked_words.js";

const LONG = 60; // words; a longer sentence is set in smaller type

/** Streamlit calls this again, with the same element, whenever the data changes. */
export default function mount({ data, parentElement, setTriggerValue }) {
  const page = element("div", { class: "reader" });
  if (data.rows) page.append(list(data.rows, (id) => setTriggerValue("open", id)));
  if (data.own) page.append(...byDay(data.own, (row) => ownRow(row, setTriggerValue)));
  if (data.sentence) page.append(...sheet(data.sentence));
  if (data.lines) page.append(element("ul", { class: "lines" }, ...data.lines.map((line) => element("li", { dir: "auto" }, line))));
  if (data.preview) page.append(element("ol", { class: "list preview" }, ...data.preview.map((row) => element("li", {}, ...previewRow(row)))));
  if (data.acts) page.append(...byDay(data.acts, act));
  if (data.table) page.append(data.table.wide ? scrolling(table(data.table), data.table.wide) : table(data.table));
  matchApp(page, parentElement);
  parentElement.querySelector(".reader")?.remove();
  parentElement.append(page);
  page.querySelectorAll(".words").forEach((text) => text.classList.toggle("rtl", getComputedStyle(text).direction === "rtl"));
  return () => page.remove();
}

/** Set the app's light or dark colours on a dialog, which is outside the app's element. */
function matchApp(page, parentElement) {
  const app = document.querySelector(".stApp");
  const outermost = parentElement.getRootNode().host ?? parentElement;
  if (app && !app.contains(outermost)) page.style.colorScheme = getComputedStyle(app).colorScheme;
}

// ---- the list

function list(rows, open) {
  return element("ol", { class: "list" }, ...rows.map((row) => element("li", {}, link(row, open))));
}

/** Return a row as a real link, which can be copied or opened in another tab; a plain click stays on this page. */
function link(row, open) {
  const follow = (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    open(row.id);
  };
  return element("a", { href: `?sentence=${encodeURIComponent(row.id)}`, onclick: follow },
    element("span", { class: "text", dir: "auto" }, row.text),
    element("span", { class: "facts" },
      ...row.answers.map(({ label, people }) => element("span", { class: "fact" },
        element("b", { dir: "auto" }, label), " ", element("bdi", {}, people.join(", ")))),
      row.disagreement ? element("span", { class: "tag" }, "disagreement") : "",
      ...row.tags.map((tag) => element("span", { class: "tag", dir: "auto" }, `#${tag}`)),
      row.model ? element("span", { class: "fact" }, "model: ", element("bdi", {}, row.model)) : "",
      element("span", { class: "where" }, element("bdi", {}, row.id), ` \u00b7 ${row.split}`)));
}

/** Return the row of a person's own answer: a button, because it leads back to the marker. */
function ownRow(row, setTriggerValue) {
  return element("button", { type: "button", onclick: () => setTriggerValue("open", row.key) },
    element("span", { class: "text", dir: "auto" }, row.text),
    element("span", { class: "facts" },
      element("span", { class: "fact" }, element("b", { dir: "auto" }, row.label)),
      row.words.length ? element("span", { class: "marked", dir: "auto" }, row.words.join(" \u00b7 ")) : "",
      row.no_words ? element("span", {}, "no word in particular") : "",
      row.against.length ? element("span", { class: "against" }, "must not matter: ", element("s", { dir: "auto" }, row.against.join(" \u00b7 "))) : "",
      row.flagged ? element("span", { class: "tag" }, "flagged") : "",
      row.round ? element("span", { class: "tag" }, `in round ${row.round}`) : "",
      row.note ? element("span", { class: "fact", dir: "auto" }, row.note) : "",
      element("span", { class: "where" }, row.when)));
}

// ---- what an import would bring

/** Return a sentence as it was read: each word in its own box, marked words as marks, and whose answer it is. */
function previewRow(row) {
  const answers = row.answers.length ? row.answers : [{ marks: null }];
  return [
    ...answers.map(({ marks }) => element("p", { class: "tokens", dir: "auto" },
      ...row.tokens.map((token, place) => element(TAGS[marks?.[place] ?? "."], { "data-mark": marks?.[place] ?? "." }, token)),
      row.number_of_tokens > row.tokens.length ? "\u2026" : "")).slice(0, row.answers.some(({ marks }) => marks) ? undefined : 1),
    element("p", { class: "facts" },
      ...row.answers.map(({ label, kind, person }) => element("span", { class: "fact" },
        element("b", { dir: "auto" }, label ?? kind), " ", element("bdi", {}, person))),
      row.answers.length ? "" : element("span", {}, "no answer"),
      element("span", { class: "where" }, element("bdi", {}, row.id), ` \u00b7 ${row.split} \u00b7 ${row.number_of_tokens} words`)),
  ];
}

/** Return a list for each day, with the day as its heading. */
function byDay(rows, item) {
  return Array.from(grouped(rows), ([day, those]) => element("section", {},
    element("h3", {}, day), element("ol", { class: "list" }, ...those.map((row) => element("li", {}, ...[item(row)].flat())))));
}

function grouped(rows) {
  const days = new Map();
  for (const row of rows) days.set(row.day, [...(days.get(row.day) ?? []), row]);
  return days;
}

function act({ time, person, action, details }) {
  return element("p", { class: "act" },
    element("time", {}, time), element("b", { dir: "auto" }, person), element("span", {}, action),
    element("span", { class: "where", dir: "auto" }, details));
}

function table({ head, rows, numbers }) {
  return element("table", numbers ? { class: "numbers" } : {},
    element("thead", {}, element("tr", {}, ...head.map((name) => element(name ? "th" : "td", name ? { scope: "col" } : {}, name)))),
    element("tbody", {}, ...rows.map((row) => element("tr", {}, ...(row.length === 1 ? heads(row[0], head.length) : cells(row, head))))));
}

/** Return what may be wider than the page, so that the keyboard can scroll it too. */
function scrolling(inner, name) {
  return element("div", { class: "scrolling", role: "region", tabindex: "0", "aria-label": name }, inner);
}

function cells(row, head) {
  return row.map((cell, column) => element("td", { dir: "auto", "data-head": head[column] }, cell));
}

/** Return a row that heads those below it. */
function heads(name, columns) {
  return [element("th", { scope: "rowgroup", colspan: columns, dir: "auto" }, name)];
}

// ---- one sentence

function sheet(sentence) {
  return [
    sentence.query ? element("p", { class: "query", dir: "auto" }, sentence.query) : "",
    element("p", { class: sentence.tokens.length > LONG ? "text words long" : "text words", dir: "auto" }, sentence.text),
    ...opinion(sentence),
    element("h3", {}, sentence.answers.length ? "Answers" : "No answers yet."),
    ...sentence.answers.map((answer) => answerCard(sentence, answer)),
    ...sentence.leases.map((lease) => element("p", { class: "lease" }, element("b", { dir: "auto" }, lease.person), ` ${lease.until}`)),
    ...chosen(sentence.chosen),
    ...facts(sentence.facts),
  ];
}

/** Return what the model says: its label, and the words shaded by how much they speak for it, or for the label that is named. */
function opinion({ text, tokens, starts, model }) {
  if (!model) return [];
  if (!model.label) return [element("h3", {}, "The model"), element("p", { class: "unscored" }, model.verdict)];
  const between = gaps(text, tokens, starts);
  const levels = model.saliency ? shades(model.saliency) : [];
  const words = tokens.flatMap((token, index) => [
    element("span", { class: "word", "data-close": closeSides(between, index), "data-shade": levels[index] ?? 0 }, token), between[index + 1]]);
  return [element("h3", {}, "The model"), element("article", { class: "answer" },
    element("header", {},
      element("b", {}, model.round),
      element("b", {}, element("bdi", {}, model.label), ` ${model.probability}`),
      model.verdict ? element("span", { class: "tag" }, model.verdict) : ""),
    element("p", { class: "words", dir: "auto" }, between[0], ...words),
    model.saliency ? element("p", { class: "aloud" }, spokenShading(tokens, model.saliency)) : "",
    model.words_for ? element("p", { class: "note", dir: "auto" }, model.words_for) : "")];
}

function answerCard(sentence, answer) {
  return element("article", { class: answer.superseded ? "answer old" : "answer" },
    element("header", {},
      element("b", { dir: "auto" }, answer.person),
      element("span", { class: "label", dir: "auto" }, answer.label ?? answer.kind),
      ...answer.notes.map((note) => element("span", { class: "tag" }, note)),
      element("time", {}, answer.when)),
    answer.marks === null ? "" : element("p", { class: "words", dir: "auto" }, ...markedWords(sentence, answer.marks)),
    answer.note ? element("p", { class: "note", dir: "auto" }, answer.note) : "");
}

/** Return why rounds chose the sentence, a line per round. */
function chosen(lines) {
  if (!lines.length) return [];
  return [element("h3", {}, "Why it was chosen"), ...lines.map((line) => element("p", { class: "chosen", dir: "auto" }, line))];
}

/** Return what else the file holds about the sentence: names and values, as text. */
function facts(pairs) {
  if (!pairs.length) return [];
  const rows = pairs.flatMap(([name, value]) => [element("dt", { dir: "auto" }, name), element("dd", { dir: "auto" }, value)]);
  return [element("h3", {}, "Other data from the file"), element("dl", {}, ...rows)];
}
