// The page as elements. Text from people enters only through textContent.

import { element, setAttribute } from "./elements.js";
import { isTouch } from "./hint.js";
import { keyCard } from "./key_card.js";
import { createLabels } from "./label_view.js";
import { placeBar } from "./layout.js";
import { createTour } from "./tour.js";

const MODE = "Mark what must not matter";
const MODE_ON = "Marking what must not matter";

/** Build the page inside `parent`; the buttons call `controls`. */
export function createView(parent, controls) {
  const view = { words: [], gaps: [], labels: [] };
  const part = (name, tag, props, ...children) => (view[name] = element(tag, props, ...children));
  const page = part("page", "div", { class: "page" },
    createTop(part, controls),
    part("guidelines", "section", { class: "guidelines", id: "guidelines", "aria-label": "Guidelines", tabindex: 0, dir: "auto" }),
    part("notices", "div", { class: "notices", role: "status" }),
    part("reopened", "div", { class: "reopened" }),
    part("sheet", "div", { class: "sheet" },
      part("choices", "div", { class: "choices" },
        createLabels(part, controls),
        createRemarks(part, controls)),
      createTour(part, controls),
      part("hint", "p", { class: "hint" }),
      part("query", "p", { class: "query", dir: "auto" }),
      part("text", "div", {
        class: "text", role: "listbox", dir: "auto", "aria-multiselectable": "true", "aria-label": "Words of the sentence",
      }),
      part("foot", "div", { class: "foot" }, part("reason", "p", { class: "reason" },
        part("reasonText", "span", {}),
        part("dataLink", "a", { target: "_blank", rel: "noopener", title: "This sentence on Data, in a new tab" },
          part("linkedReason", "span", {}), element("span", { class: "aloud" }, " This sentence on Data, in a new tab"))),
        quietButton(part, "tourButton", "", "Tour", controls.openTour), createModelLine(part, controls)),
      createSuggestionLine(part, controls),
      createNote(part, controls)),
    part("nothing", "div", { class: "nothing" }, part("notice", "p", { class: "notice", role: "status" }),
      part("nextSteps", "p", { class: "next-steps" })),
    part("live", "div", { class: "live", "aria-live": "polite" }),
    part("keys", "dialog", { class: "keys", "aria-label": "Keys" }, keyCard(part, controls, () => view.keys.close())));
  const bar = createBar(part, controls);
  // A click leaves the focus where it is, so that Enter still submits and does not press the button again.
  for (const each of [page, bar]) each.onmousedown = (event) => event.target.closest("button") && event.preventDefault();
  parent.append(page, bar);
  return view;
}

/** Return the line above the labels: progress, and what is always at hand. */
function createTop(part, controls) {
  return part("top", "div", { class: "top" },
    part("count", "span", { class: "count" }),
    quietButton(part, "help", "?", "Keys", controls.switchKeys),
    quietButton(part, "guidelinesButton", "g", "Guidelines", controls.switchGuidelines),
    part("saved", "span", { class: "saved" }, part("savedText", "span", {})),
    part("progress", "div", { class: "progress", role: "progressbar", "aria-label": "Answered sentences" },
      part("progressDone", "div", { class: "progress-done" })));
}

const quietButton = (part, name, key, text, action, props = {}) =>
  part(name, "button", { type: "button", class: `quiet ${name}`, onclick: action, ...props },
    part(`${name}Text`, "span", {}, text), element("kbd", { "aria-hidden": "true" }, key));

/** Return what the person sees of the model, and the buttons that change it. */
function createModelLine(part, controls) {
  return part("model", "div", { class: "model" },
    part("legend", "span", { class: "legend" }, part("guess", "bdi", { class: "guess" }), element("i", { class: "scale" })),
    quietButton(part, "strength", "d", "", controls.dim),
    quietButton(part, "viewButton", "v", "", controls.switchView));
}

/** Return what a language model suggests, and the button that takes it over. */
function createSuggestionLine(part, controls) {
  return part("suggestion", "div", { class: "suggestion" },
    part("suggestedText", "span", { dir: "auto" }), element("i", {}),
    quietButton(part, "takeOver", "a", "Take it over", controls.takeOver));
}

/** Return what a person can add to an answer: that no word matters, a flag for discussion, and a note. */
function createRemarks(part, controls) {
  return part("remarks", "div", { class: "remarks", role: "group", "aria-label": "Remarks" },
    quietButton(part, "noWord", "0", "No word in particular", controls.switchNoWord),
    quietButton(part, "flag", "f", "Flag", controls.flag),
    quietButton(part, "noteButton", "n", "Note", controls.openNote, { "aria-label": "Add a note" }));
}

function createNote(part, controls) {
  const onkeydown = (event) => {
    if (event.key === "Escape" && !event.isComposing) controls.closeNote();
  };
  return part("note", "textarea", {
    "aria-label": "Note", placeholder: `A note for the people who read the answers.${isTouch() ? "" : " Esc returns to the words."}`,
    rows: 2, maxlength: 2000, dir: "auto", oninput: controls.takeNote, onkeydown,
  });
}

/** Return why words are shaded: the model's guess, and the label that they speak for if that is another one. */
export const guessText = (guess, explained) => (guess === explained
  ? `Why the model says \u201c${guess}\u201d`
  : `Words for \u201c${explained}\u201d, although the model says \u201c${guess}\u201d`);

/** Draw what the person sees of the model: its guess (null while it is hidden), and how it is shown. */
export function drawModel(view, { guess, explained, strength, isFaint, viewName, isOwnView, isRevealed, choosesView }) {
  view.legend.hidden = guess === null;
  view.guess.textContent = guess === null ? "" : guessText(guess, explained);
  view.sheet.classList.toggle("faint", isFaint);
  view.strengthText.textContent = `Shading: ${strength}`;
  view.viewButtonText.textContent = `by ${viewName}`;
  view.viewButton.classList.toggle("own", isOwnView);
  setAttribute(view.viewButton, "aria-label", `Shading by ${viewName}`);
  setAttribute(view.viewButton, "title", `Shading by ${viewName}`);
  view.viewButton.hidden = !choosesView || guess === null;
  view.keys.classList.toggle("for-researchers", choosesView);
  view.model.hidden = !isRevealed;
}

/** Draw the line of the suggestion: it takes its room where the sentence has one, and shows it once it is in view. */
export function drawSuggestion(view, { isHere, isInView, label, isSame, areAny }) {
  view.suggestion.hidden = !isHere;
  view.suggestion.classList.toggle("waiting", !isInView);
  view.suggestedText.textContent = isInView ? `A language model suggests \u201c${label}\u201d` : "";
  view.takeOverText.textContent = isSame ? "Same as yours" : "Take it over";
  view.takeOver.disabled = isSame;
  view.keys.classList.toggle("with-suggestions", areAny);
}

const REOPENED = {
  answer: "You have already answered this sentence. Submit to replace that answer, or leave to keep it.",
  skip: "You skipped this sentence. Submit an answer, or leave it skipped.",
};

/** Show the sheet of a draft, or the notice that there is nothing to answer. */
export function drawFrame(view, draft) {
  view.reopened.hidden = !draft?.reopened;
  view.reopened.textContent = REOPENED[draft?.reopened?.kind] ?? "";
  view.sheet.hidden = !draft;
  view.nothing.hidden = Boolean(draft);
}

/** Draw why the sentence is here, for researchers with a link to its page, or that the label takes no marks. */
export function drawReason(view, { reason, id }, labelWithoutMarks) {
  const isUnneeded = labelWithoutMarks !== null;
  view.text.classList.toggle("unneeded", isUnneeded);
  const isLinked = Boolean(id && reason) && !isUnneeded;
  view.reasonText.textContent = isUnneeded ? `No marks are needed for \u201c${labelWithoutMarks}\u201d.` : isLinked ? "" : reason;
  view.linkedReason.textContent = isLinked ? reason : "";
  view.dataLink.hidden = !isLinked;
  if (isLinked) setAttribute(view.dataLink, "href", new URL(`data?sentence=${encodeURIComponent(id)}`, document.baseURI));
}

/** Show the guidelines. Only here does markup enter: our server made it from Markdown and lets no HTML through. */
export function showGuidelines(view, guidelines) {
  view.guidelines.innerHTML = guidelines?.html ?? "";
  view.guidelinesButton.hidden = !guidelines;
}

export function drawGuidelines(view, isUnfolded) {
  view.guidelines.hidden = !isUnfolded;
  if (view.page.classList.toggle("guided", isUnfolded) !== view.isGuided) placeBar(view);
  view.isGuided = isUnfolded;
  setAttribute(view.guidelinesButton, "aria-expanded", isUnfolded);
}

export const drawLetters = (view, areKeys) => setAttribute(view.letters, "aria-checked", areKeys);

export function drawRemarks(view, { note, flagged, noWord }, { isWriting, takesMarks }) {
  view.noWord.disabled = !takesMarks;
  setAttribute(view.noWord, "aria-pressed", noWord);
  setAttribute(view.flag, "aria-pressed", flagged);
  setAttribute(view.flag, "aria-label", flagged ? "Flagged for discussion" : "Flag for discussion");
  view.flagText.textContent = flagged ? "Flagged" : "Flag";
  view.note.hidden = !isWriting && !note;
  setAttribute(view.noteButton, "aria-pressed", !view.note.hidden);
  if (view.note.value !== note) view.note.value = note;
}

function createBar(part, controls) {
  const button = (name, key, text, action) =>
    part(name, "button", { type: "button", class: name, onclick: action },
      part(`${name}Text`, "span", {}, text), element("kbd", { "aria-hidden": "true" }, key));
  return part("bar", "div", { class: "bar", role: "group", "aria-label": "Actions" },
    part("question", "div", { class: "question", role: "alert" }),
    element("div", { class: "actions" },
      button("mode", "m", MODE, controls.switchMode),
      button("undo", "u", "Undo", controls.undo),
      button("redo", "U", "Redo", controls.redo),
      button("skip", "s", "Skip", controls.skip),
      button("submit", "\u21b5", "Submit", controls.submit)));
}

export function drawTop(view, { count, share, state, stateText }) {
  view.count.textContent = count;
  view.progress.classList.toggle("none", !count);
  view.progressDone.style.width = `${100 * share}%`;
  setAttribute(view.progress, "aria-valuenow", Math.round(100 * share));
  setAttribute(view.saved, "data-state", state);
  if (view.savedText.textContent !== stateText) view.savedText.textContent = stateText;
}

/** Draw what happened to answers that were not simply saved; each notice stays until it is dismissed. */
export function drawNotices(view, notices, dismiss) {
  view.notices.hidden = !notices.length;
  const drawn = [...view.notices.querySelectorAll("p > span")].map(({ textContent }) => textContent);
  if (drawn.join("\n") === notices.join("\n")) return; // not read out again, and a button keeps its focus
  view.notices.replaceChildren(...notices.map((notice) =>
    element("p", {}, element("span", {}, notice),
      element("button", { type: "button", onclick: () => dismiss(notice) }, "Dismiss"))));
}

/** Draw the buttons of the bar for this draft, or for none. */
export function drawBar(view, draft, { marksUnneeded, canUndo, canRedo }) {
  for (const name of ["mode", "skip", "submit"]) view[name].hidden = !draft;
  view.undo.disabled = !canUndo;
  view.redo.disabled = !canRedo;
  view.modeText.textContent = marksUnneeded ? MODE_ON : MODE;
  view.mode.setAttribute("aria-pressed", marksUnneeded);
  view.skipText.textContent = draft?.reopened ? "Leave" : "Skip";
  view.submitText.textContent = draft?.label === null ? "Choose a label" : "Submit";
  view.submit.classList.toggle("waiting", draft?.label === null);
}

export function drawQuestion(view, isAsking, goBackToMarking) {
  view.question.hidden = !isAsking;
  if (!isAsking) return view.question.replaceChildren();
  if (view.question.childElementCount) return;
  view.question.append(
    element("span", {}, "No word marked. Does no word in particular matter?"),
    element("span", { class: "hint" }, element("kbd", {}, "\u21b5"), "again to confirm"),
    element("button", { type: "button", onclick: goBackToMarking }, "Mark words"));
}
