// The page as elements. Text from people enters through textContent only.

import { element, set } from "./elements.js";
import { gaps, joinsNext, spokenName } from "./marks.js";

/** Build the page inside `parent`; `on` holds what the buttons do. */
export function createView(parent, on) {
  const view = { words: [], gaps: [], labels: [] };
  const part = (name, tag, props, ...children) => (view[name] = element(tag, props, ...children));
  const page = part("page", "div", { class: "page" },
    element("div", { class: "top" },
      part("count", "span", { class: "count" }),
      quietButton(part, "guidelinesButton", "g", "Guidelines", on.switchGuidelines),
      part("saved", "span", { class: "saved" }, part("savedText", "span", {})),
      part("progress", "div", { class: "progress", role: "progressbar", "aria-label": "Answered sentences" },
        part("progressDone", "div", { class: "progress-done" }))),
    part("guidelines", "section", { class: "guidelines", id: "guidelines", "aria-label": "Guidelines", tabindex: 0, dir: "auto" }),
    part("told", "div", { class: "told", role: "status" }),
    part("reopened", "div", { class: "reopened" },
      "You have answered this one. Submitting again replaces that answer; leaving changes nothing."),
    part("sheet", "div", { class: "sheet" },
      part("labelGroup", "div", { class: "labels", role: "radiogroup", "aria-label": "Label" }),
      part("query", "p", { class: "query", dir: "auto" }),
      part("text", "div", {
        class: "text", role: "listbox", dir: "auto", "aria-multiselectable": "true", "aria-label": "Words of the sentence",
      }),
      part("reason", "p", { class: "reason" }),
      createAside(part, on),
      createModelLine(part, on)),
    part("nothing", "div", { class: "nothing" }, part("notice", "p", { class: "notice", role: "status" })),
    part("live", "div", { class: "live", "aria-live": "polite" }),
    part("keys", "dialog", { class: "keys", "aria-label": "Keys" }, keyCard(part, on, () => view.keys.close())));
  const bar = createBar(view, part, on);
  // A click leaves the focus where it is: Enter goes on submitting, and does not press the button again.
  for (const each of [page, bar]) each.onmousedown = (event) => event.target.closest("button") && event.preventDefault();
  parent.append(page, bar);
  return view;
}

const quietButton = (part, name, key, text, action) =>
  part(name, "button", { type: "button", class: "quiet", onclick: action }, part(`${name}Text`, "span", {}, text), element("kbd", {}, key));

/** What of the model is in view, and how the person wants to see it. */
function createModelLine(part, on) {
  return part("model", "div", { class: "model" },
    part("legend", "div", { class: "legend" },
      part("guess", "bdi", { class: "guess" }),
      element("span", { class: "looks" }, "model looks here", element("i", { class: "scale" }), "strongly")),
    quietButton(part, "strength", "d", "", on.dim),
    quietButton(part, "viewButton", "v", "", on.switchView));
}

/** What can be said beside an answer: that no word matters, a flag for discussion, and a note. */
function createAside(part, on) {
  const button = (name, key, text, action) => quietButton(part, name, key, text, action);
  const onkeydown = (event) => {
    if (event.key === "Escape" && !event.isComposing) on.closeNote();
  };
  return element("div", { class: "aside" },
    button("noWord", "0", "No word in particular", on.sayNoWord),
    button("flag", "f", "Flag for discussion", on.flag),
    button("noteButton", "n", "Add a note", on.openNote),
    part("note", "textarea", {
      "aria-label": "Note", placeholder: "A note for whoever reads the answers. Esc goes back to the words.",
      rows: 2, maxlength: 2000, dir: "auto", oninput: on.takeNote, onkeydown,
    }));
}

/** Draw what of the model is in view: its guess, or null while it is blind, and how the person wants to see it. */
export function drawModel(view, { guess, strength, isFaint, viewName, canChoose }) {
  view.legend.classList.toggle("shown", guess !== null);
  view.guess.textContent = guess === null ? "" : `The model says \u201c${guess}\u201d.`;
  view.sheet.classList.toggle("faint", isFaint);
  view.strengthText.textContent = strength;
  view.viewButtonText.textContent = `by ${viewName}`;
  view.model.hidden = !canChoose;
}

/** The one place where markup enters: our server made it from the project's Markdown, without any HTML of the author's. */
export function showGuidelines(view, guidelines) {
  view.guidelines.innerHTML = guidelines?.html ?? "";
  view.guidelinesButton.hidden = !guidelines;
}

export function drawGuidelines(view, isUnfolded) {
  view.guidelines.hidden = !isUnfolded;
  view.page.classList.toggle("guided", isUnfolded);
  set(view.guidelinesButton, "aria-expanded", isUnfolded);
}

export const drawLetters = (view, areKeys) => set(view.letters, "aria-checked", areKeys);

export function drawAside(view, { note, flagged, noWord }, { writing, takesMarks }) {
  view.noWord.hidden = !takesMarks;
  set(view.noWord, "aria-pressed", noWord);
  set(view.flag, "aria-pressed", flagged);
  view.flagText.textContent = flagged ? "Flagged for discussion" : "Flag for discussion";
  view.note.hidden = !writing && !note;
  view.noteButton.hidden = !view.note.hidden;
  if (view.note.value !== note) view.note.value = note;
}

const KEYS = [
  [["1", "\u2026", "9"], "choose the label"],
  [["\u2190", "\u2192", "\u2191", "\u2193", "Home", "End"], "move from word to word and from line to line"],
  [["space"], "mark the word, or clear it"],
  [["shift", "\u2190 \u2192 \u2191 \u2193"], "mark several words"],
  [["0"], "say that no word matters in particular"],
  [["m"], "switch between reasons and words that must not matter"],
  [["x"], "mark a word that must not matter"],
  [["\u21b5"], "submit"],
  [["u"], "undo, step by step and then back over your answers; ctrl + z as well"],
  [["shift", "u"], "redo; ctrl + shift + z as well"],
  [["s"], "skip the sentence; a note says why"],
  [["f"], "flag the sentence for discussion"],
  [["n"], "write a note; Esc goes back to the words"],
  [["d"], "shade full, half or not at all"],
  [["v"], "shade by input \u00d7 gradient, or by the paper\u2019s gradient"],
  [["g"], "unfold and fold the guidelines"],
  [["Esc"], "leave an earlier sentence as it is"],
  [["?"], "show and hide this card"],
];

function keyCard(part, on, close) {
  const rows = KEYS.flatMap(([keys, meaning]) => [
    element("dt", {}, ...keys.map((key) => (key === "\u2026" ? key : element("kbd", {}, key)))),
    element("dd", {}, meaning),
  ]);
  return element("div", {}, element("h2", {}, "Keys"), element("dl", {}, ...rows),
    element("div", { class: "card-end" },
      part("letters", "button", { type: "button", role: "switch", onclick: on.switchLetters }, "Letters and digits are keys"),
      element("button", { type: "button", autofocus: "", onclick: close }, "Close")));
}

function createBar(view, part, on) {
  const button = (name, key, text, action) =>
    part(name, "button", { type: "button", class: name, onclick: action },
      part(`${name}Text`, "span", {}, text), element("kbd", {}, key));
  return part("bar", "div", { class: "bar", role: "group", "aria-label": "Actions" },
    part("question", "div", { class: "question", role: "alert" }),
    element("div", { class: "actions" },
      button("help", "?", "Keys", on.switchKeys),
      button("mode", "m", element("span", {}, element("span", { class: "verb" }, "Mark what "), "must not matter"), on.switchMode),
      button("undo", "u", "Undo", on.undo),
      button("redo", "U", "Redo", on.redo),
      button("skip", "s", "Skip", on.skip),
      button("submit", "\u21b5", "Submit", on.submit)));
}

/** A sentence's words and gaps as elements, unmarked: long ones are built ahead, while nobody waits. */
export function buildSentence(sentence) {
  const between = gaps(sentence.text, sentence.tokens, sentence.starts);
  const words = sentence.tokens.map((token, index) =>
    element("span", { class: wordClass(token, between[index]), role: "option", "data-index": index }, token));
  const built = { sentence, words, gaps: between.slice(1).map((text) => element("span", { class: "gap" }, text)) };
  built.content = document.createDocumentFragment();
  built.content.append(between[0], ...words.flatMap((word, index) => [word, built.gaps[index]]));
  return built;
}

/** Put a sentence on the page that was built. */
export function showSentence(view, { sentence, words, gaps: between, content }) {
  view.query.textContent = sentence.query ?? "";
  view.query.hidden = !sentence.query;
  view.words = words;
  view.gaps = between;
  view.text.replaceChildren(content);
  view.text.classList.toggle("rtl", getComputedStyle(view.text).direction === "rtl");
  view.reason.textContent = sentence.reason;
}

const wordClass = (token, gapBefore) => (gapBefore === "" && !/[\p{L}\p{N}]/u.test(token) ? "word point" : "word");

/** Draw marks and shades on the words that are there; touches only what is different. */
export function drawWords(view, { tokens, marks, shades: levels, cursor }) {
  view.words.forEach((word, index) => {
    const mark = marks[index];
    const goesOn = joinsNext(marks, index);
    const cameOn = index > 0 && joinsNext(marks, index - 1);
    set(word, "data-mark", mark);
    set(word, "data-edge", mark === "." ? "" : `${cameOn ? "" : "start"} ${goesOn ? "" : "end"}`);
    set(word, "data-shade", levels[index]);
    set(word, "aria-selected", mark === "+");
    set(word, "aria-label", spokenName(tokens[index], mark, levels[index]));
    set(word, "tabindex", index === cursor ? 0 : -1);
    set(view.gaps[index], "data-mark", goesOn ? mark : ".");
    set(view.gaps[index], "data-shade", goesOn ? Math.min(levels[index], levels[index + 1]) : 0);
  });
}

/** Draw the labels anew; `choose` is called with the index of one that is clicked. */
export function showLabels(view, labels, choose) {
  view.labels = labels.map(({ name }, index) =>
    element("button", { type: "button", class: "label", role: "radio", onclick: () => choose(index) },
      index < 9 ? element("kbd", { "aria-hidden": "true" }, index + 1) : "", element("span", { dir: "auto" }, name)));
  view.labels.forEach((label, index) => { label.hidden = Boolean(labels[index].retired); });
  view.labelGroup.replaceChildren(...view.labels);
  view.labelGroup.classList.toggle("many", labels.filter(({ retired }) => !retired).length > 4);
}

export function drawLabels(view, chosen, missing) {
  const first = view.labels.findIndex((label) => !label.hidden);
  view.labels.forEach((label, index) => {
    set(label, "aria-checked", index === chosen);
    set(label, "tabindex", index === (chosen ?? first) ? 0 : -1);
  });
  view.labelGroup.classList.toggle("missing", missing);
}

export function drawTop(view, { count, share, state, stateText }) {
  view.count.textContent = count;
  view.progressDone.style.width = `${100 * share}%`;
  set(view.progress, "aria-valuenow", Math.round(100 * share));
  set(view.saved, "data-state", state);
  if (view.savedText.textContent !== stateText) view.savedText.textContent = stateText;
}

/** What the server said of answers that did not go in as they were; each stays until dismissed. */
export function drawTold(view, messages, dismiss) {
  view.told.hidden = !messages.length;
  const are = [...view.told.querySelectorAll("p > span")].map(({ textContent }) => textContent);
  if (are.join("\n") === messages.join("\n")) return; // said once; a focus on one of them stays
  view.told.replaceChildren(...messages.map((message) =>
    element("p", {}, element("span", {}, message),
      element("button", { type: "button", onclick: () => dismiss(message) }, "Dismiss"))));
}

export function drawQuestion(view, asking, on) {
  view.question.hidden = !asking;
  if (!asking) return view.question.replaceChildren();
  if (view.question.childElementCount) return;
  view.question.append(
    element("span", {}, "No word marked. Is it no word in particular?"),
    element("span", { class: "hint" }, element("kbd", {}, "\u21b5"), "again says so"),
    element("button", { type: "button", onclick: on.goBackToMarking }, "Mark words"));
}
