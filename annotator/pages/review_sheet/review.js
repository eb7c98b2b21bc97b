// Sentences that several people have answered: each person's marks as a row under the words, a decision
// that starts from one person's answer, and surplus answers that can be admitted.

import { isServerAtWork } from "../word_marker/connection.js";
import { element } from "../word_marker/elements.js";
import { blank, closeSides, gaps, paint, signFor } from "../word_marker/marks.js";
import { newKey } from "../word_marker/outbox.js";

const RESEND_MS = 3000;
const sheets = new WeakMap();

/** Streamlit calls this again, with the same element, whenever the data changes; unfinished decisions stay. */
export default function mount({ data, parentElement, setTriggerValue }) {
  const sheet = sheets.get(parentElement) ?? { unfinished: new Map(), onTheirWay: new Map(), admissions: new Map(), withdrawals: new Map() };
  sheets.set(parentElement, sheet);
  takeReceipts(sheet, data.receipts);
  dropRetired(sheet.unfinished, data.labels);
  // Send all of them, and again until each has its receipt: Streamlit keeps only the newest message.
  const send = () => {
    clearTimeout(sheet.timer);
    const isWaiting = sheet.onTheirWay.size || sheet.admissions.size || sheet.withdrawals.size;
    if (!isWaiting || !(parentElement.host ?? parentElement).isConnected) return;
    const decisions = Array.from(sheet.onTheirWay.values(), ({ decision }) => decision);
    const [admissions, withdrawals] = [sheet.admissions, sheet.withdrawals].map((sent) => Array.from(sent.values()));
    setTriggerValue("settle", { decisions, admissions, withdrawals });
    sheet.timer = setTimeout(sendAgain, RESEND_MS);
  };
  // A server at work has the message: another one would make it begin again, and drop what it was about to show.
  const sendAgain = () => {
    if (isServerAtWork()) sheet.timer = setTimeout(sendAgain, RESEND_MS);
    else send();
  };
  const settle = (row, draft) => {
    const marks = data.labels[draft.label].takes_rationale ? draft.marks.join("") : null;
    sheet.onTheirWay.set(row.sentence_id, { draft, decision: { sentence_id: row.sentence_id, label: draft.label, marks, key: newKey() } });
    sheet.unfinished.delete(row.sentence_id);
    send();
  };
  const admit = (answer, admitted) => {
    sheet.admissions.set(answer, { answer, admitted, key: newKey() });
    send();
  };
  const withdraw = (decision) => {
    sheet.withdrawals.set(decision, { decision, withdrawn: true, key: newKey() });
    send();
  };
  const page = element("div", { class: "review" });
  page.append(...data.rows.map((row) => card(row, data.labels, sheet, { settle, admit, withdraw })));
  parentElement.querySelector(".review")?.remove();
  parentElement.append(page);
  page.querySelectorAll(".words").forEach((text) => text.classList.toggle("rtl", getComputedStyle(text).direction === "rtl"));
  return () => page.remove();
}

/** Drop what the server has acknowledged; a decision that it refused becomes unfinished again. */
function takeReceipts({ unfinished, onTheirWay, admissions, withdrawals }, receipts) {
  for (const { key, refused } of receipts) {
    for (const sent of [admissions, withdrawals]) for (const [number, one] of sent) if (one.key === key) sent.delete(number);
    for (const [sentenceId, { draft, decision }] of onTheirWay) {
      if (decision.key !== key) continue;
      onTheirWay.delete(sentenceId);
      if (refused) unfinished.set(sentenceId, draft);
    }
  }
}

/** Clear the labels that have been retired, or merged into others, since they were chosen; the marks stay. */
export function dropRetired(unfinished, labels) {
  for (const draft of unfinished.values()) if (labels[draft.label]?.retired !== false) draft.label = null;
}

function card(row, labels, { unfinished, onTheirWay, admissions, withdrawals }, acts) {
  const article = element("article", { class: "card" });
  const andShow = (act) => (...asked) => {
    act(...asked);
    draw();
  };
  const draw = () => {
    const draft = unfinished.get(row.sentence_id) ?? null;
    const end = onTheirWay.has(row.sentence_id)
      ? [element("p", { class: "settled", role: "status" }, "Saving your decision")]
      : decision(row, labels, draft, { begin, draw, withdrawals, settle: andShow(acts.settle), withdraw: andShow(acts.withdraw) });
    article.replaceChildren(words(row, draft, draw), people(row, labels, admissions, andShow(acts.admit)), ...end);
  };
  const begin = (draft) => {
    if (draft) unfinished.set(row.sentence_id, draft);
    else unfinished.delete(row.sentence_id);
    draw();
  };
  draw();
  return article;
}

/** Return the sentence, with a cell per person below each word, in the order of the list of people. */
function words(row, draft, draw) {
  const between = gaps(row.text, row.tokens, row.starts);
  const shown = draft?.marks ?? Array.from(row.decision?.marks ?? "");
  const toggle = (index) => () => {
    draft.marks = paint(draft.marks, index, index, signFor(draft.marks[index], "+"));
    draw();
  };
  const columns = row.tokens.map((token, index) => {
    const close = closeSides(between, index);
    const props = { class: "word", "data-close": close, "data-mark": shown[index] ?? ".", "data-edge": "start end" };
    if (draft) Object.assign(props, { role: "checkbox", tabindex: 0, "aria-checked": shown[index] === "+", onclick: toggle(index), onkeydown: onSpace(toggle(index)) });
    const cells = row.people.map(({ marks }, who) => element("i", { class: "cell", "data-cell": marks?.[index] ?? ".", "data-row": who }));
    return { close, column: element("span", { class: "column", title: whoMarked(row, index) }, element("span", props, token), ...cells) };
  });
  return element("div", { class: draft ? "words editable" : "words", dir: "auto" }, between[0], ...unbroken(columns, between));
}

/** Return the columns with the gaps after them; those that touch are in one run, because a line may break between boxes. */
function unbroken(columns, between) {
  const pieces = [];
  let run = null;
  for (const [index, { close, column }] of columns.entries()) {
    if (!close.includes("start")) pieces.push((run = element("span", { class: "run" })));
    run.append(column, close.includes("end") ? between[index + 1] : "");
    if (!close.includes("end")) pieces.push(between[index + 1]);
  }
  return pieces;
}

const onSpace = (act) => (event) => {
  if (event.key !== " " && event.key !== "Enter") return;
  event.preventDefault();
  act();
};

const whoMarked = (row, index) =>
  row.people.filter(({ marks }) => marks?.[index] === "+").map(({ name }) => name).join(", ");

function people(row, labels, admissions, admit) {
  return element("ol", { class: "people" }, ...row.people.map((person, who) => element("li", { onmouseenter: showRow(who), onmouseleave: showRow(null) },
    element("b", { dir: "auto" }, person.name),
    labelOf(person, labels),
    person.marks !== null && !person.marks.includes("+") ? element("span", {}, "no word in particular") : "",
    element("span", { class: "aloud" }, spokenMarks(row, person)),
    person.flagged ? element("span", { class: "tag" }, "flagged") : "",
    person.surplus === null ? "" : element("span", { class: "tag" }, person.counts ? "surplus, admitted" : "surplus, does not count"),
    person.surplus === null ? "" : admission(person, admissions, admit),
    person.note ? element("span", { class: "note", dir: "auto" }, person.note) : "")));
}

/** Return what fades the rows of the others while the pointer is on a person; null shows all. */
const showRow = (who) => ({ currentTarget }) =>
  currentTarget.closest(".card").querySelectorAll(".cell").forEach((cell) => cell.classList.toggle("faded", who !== null && cell.dataset.row !== String(who)));

/** Return a person's marks in words, for a screen reader: the rows under the words are only seen. */
function spokenMarks({ tokens }, { marks }) {
  const marked = (sign) => tokens.filter((_, index) => marks?.[index] === sign).join(", ");
  const [reasons, against] = [marked("+"), marked("-")];
  return `${reasons ? `Marked: ${reasons}. ` : ""}${against ? `Must not matter: ${against}.` : ""}`;
}

/** Return a person's label: one that fewer gave is set apart by a frame, and any by its colour next to its name. */
function labelOf({ label, differs }, labels) {
  if (label === null) return element("span", { class: "label" }, "skipped");
  const { name, colour } = labels[label];
  const swatch = colour ? element("i", { class: "swatch", style: `background: var(--label-${colour})` }) : "";
  return element("span", { class: differs ? "label differs" : "label" }, swatch, element("bdi", {}, name));
}

function admission({ surplus, counts, name }, admissions, admit) {
  if (admissions.has(surplus)) return element("span", { class: "label", role: "status" }, "Saving");
  const [word, meaning] = counts ? ["Withdraw", "no longer counts"] : ["Admit", "counts"];
  return element("button", { type: "button", title: `After this, the answer ${meaning}.`, "aria-label": `${word} the answer of ${name}`, onclick: () => admit(surplus, !counts) }, word);
}

function decision(row, labels, draft, { begin, draw, withdrawals, settle, withdraw }) {
  if (!draft) return [settled(row, labels, withdrawals, withdraw), starts(row, labels, begin)];
  const choose = (label) => () => {
    draft.label = label;
    draw();
  };
  return [
    element("div", { class: "labels", role: "radiogroup", "aria-label": "Decided label" }, ...labels.map(({ name, retired }, index) =>
      retired ? "" : element("button", { type: "button", role: "radio", "aria-checked": index === draft.label, onclick: choose(index) }, element("bdi", {}, name)))),
    element("div", { class: "actions" },
      element("span", { class: "hint" }, hintOf(labels[draft.label])),
      element("button", { type: "button", onclick: () => begin(null) }, "Cancel"),
      element("button", { type: "button", class: "primary", ...(draft.label === null ? { disabled: "" } : {}), onclick: () => settle(row, draft) }, "Settle")),
  ];
}

function hintOf(label) {
  if (!label) return "Choose a label.";
  return label.takes_rationale ? "Click words to change the marks." : "This label takes no marks.";
}

function settled({ decision: made }, labels, withdrawals, withdraw) {
  if (!made) return "";
  const takeBack = withdrawals.has(made.number)
    ? element("span", { role: "status" }, "Saving")
    : element("button", { type: "button", "aria-label": `Withdraw the decision of ${made.name}`, onclick: () => withdraw(made.number) }, "Withdraw");
  return element("p", { class: "settled" },
    element("span", {}, "Settled by ", element("bdi", {}, made.name), ": ", element("b", { dir: "auto" }, labels[made.label].name)), takeBack);
}

function starts(row, labels, begin) {
  const draftOf = ({ label, marks }) => ({ label, marks: marks ? Array.from(marks) : blank(row.tokens.length) });
  const usable = row.people.filter(({ label }) => label !== null && !labels[label].retired);
  return element("div", { class: "actions" }, ...usable.map((person) =>
    element("button", { type: "button", onclick: () => begin(draftOf(person)) }, "Take ", element("bdi", {}, `${person.name}\u2019s`))));
}
