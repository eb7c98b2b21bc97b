// The tour of a first visit: four steps in a card under the labels. It takes no key and no focus from the words.

import { element, setAttribute } from "./elements.js";
import { FIRST_ANSWERS, isTouch } from "./hint.js";

/** How many steps the tour has; a person who has come this far has closed it for good. */
export const STEPS = 4;
/** The step that each thing a person does completes. */
const DONE_BY = { label: 0, marks: 1, answer: 2 };
/** The parts of the page that each step points at. */
const TARGETS = [["labelGroup"], ["text"], ["submit", "undo"], ["guidelinesButton", "help", "legend"]];

/** Return the step at which the tour begins: where it was left, or nowhere for a person who has answered often enough. */
export const firstStep = (kept, given) => (given >= FIRST_ANSWERS || !Number.isInteger(kept) ? STEPS : kept);

/** Return the step after what a person has just done; a label without marks leaves out the one about marking. */
export function stepAfter(step, done, takesMarks) {
  const after = DONE_BY[done] === step ? step + 1 : step;
  return after === DONE_BY.marks && !takesMarks ? after + 1 : after;
}

/** Return the title and the text of a step, for this project and this kind of pointer. */
export function stepText(step, { isTouch: isFinger, isShaded, hasGuidelines }) {
  const written = isFinger ? FOR_FINGERS : FOR_KEYS;
  if (step < written.length) return written[step];
  const help = [
    isShaded ? "It appears after your first mark, so that you choose first." : "",
    hasGuidelines ? `The guidelines${isFinger ? "" : " (g)"} say what counts.` : "",
    isFinger ? "" : "? shows all keys.",
  ];
  return [isShaded ? "Amber is where the model looks" : "When in doubt", help.filter(Boolean).join(" ") || "Skip a sentence that you cannot decide."];
}

const FOR_KEYS = [
  ["Choose the label", "Read the sentence, then click its label or press the number on it."],
  ["Mark the words that show it", "Click a word, or drag over several. With the keyboard, arrows move and space marks."],
  ["Enter submits", "The next sentence comes at once. u undoes, and goes back through your answers."],
];
const FOR_FINGERS = [
  ["Choose the label", "Read the sentence, then tap its label."],
  ["Mark the words that show it", "Tap a word, or slide along several."],
  ["Submit sends it", "The next sentence comes at once. Undo goes back, through your answers too."],
];

/** Build the card; the buttons call `controls`. */
export function createTour(part, controls) {
  const button = (name, text, props) => part(name, "button", { type: "button", ...props }, text);
  return part("tour", "section", { class: "tour", "aria-label": "Tour", hidden: "" },
    part("tourText", "p", { "aria-live": "polite" }),
    element("div", { class: "tour-end" },
      part("tourStep", "span", { class: "tour-step" }),
      button("tourClose", "Close", { class: "close", onclick: controls.closeTour }),
      button("tourNext", "Next", { onclick: controls.nextStep })));
}

export class Tour {
  constructor(marker) {
    this.marker = marker;
    this.step = STEPS;
  }

  /** Begin for a person with these earlier answers. */
  begin(earlier) {
    const given = earlier.filter(({ kind }) => kind === "answer").length;
    this.step = firstStep(this.marker.display.preferences().tour, given);
  }

  isOpen() {
    return this.step < STEPS && Boolean(this.marker.draft);
  }

  /** Show it again from its beginning. */
  open() {
    this.goTo(0);
    this.marker.view.page.scrollIntoView({ block: "start" });
  }

  next() {
    if (this.step + 1 < STEPS) this.goTo(this.step + 1);
    else this.close();
  }

  close() {
    const hadFocus = this.marker.view.tour.contains(this.marker.view.tour.getRootNode().activeElement);
    this.goTo(STEPS);
    if (hadFocus) this.marker.words.focus({ scrolls: false });
  }

  /** Go on if the step on the card is what the person has just done. */
  saw(done) {
    const step = stepAfter(this.step, done, this.marker.labels.takesMarks());
    if (step !== this.step) this.goTo(step);
  }

  goTo(step) {
    this.step = step;
    this.marker.display.save({ tour: step });
    this.marker.draw();
  }

  draw() {
    const { view, data } = this.marker;
    const isOpen = this.isOpen();
    view.tour.hidden = !isOpen;
    view.tourButton.hidden = isOpen || !this.marker.draft;
    TARGETS.forEach((names, step) => names.forEach((name) => view[name].classList.toggle("pointed", isOpen && step === this.step)));
    if (!isOpen) return;
    const isShaded = data.saliency_mode !== "never" && Boolean(this.marker.draft.sentence.saliency);
    drawStep(view, this.step, stepText(this.step, { isTouch: isTouch(), isShaded, hasGuidelines: Boolean(data.guidelines) }));
  }
}

function drawStep(view, step, [title, text]) {
  setAttribute(view.tour, "data-step", step + 1);
  view.tourStep.textContent = `${step + 1} of ${STEPS}`;
  view.tourNext.textContent = step + 1 < STEPS ? "Next" : "Done";
  view.tourClose.hidden = step + 1 === STEPS;
  if (view.tourText.textContent !== `${title}. ${text}`) view.tourText.replaceChildren(element("b", {}, `${title}.`), ` ${text}`);
}
